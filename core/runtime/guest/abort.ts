// `nango.abortSignal`: aborted when the host says that the run was stopped. A guest runs one function at a time.
let controller: AbortController | undefined;

/** @returns the signal of the run that begins now */
export function beginAbortable(): AbortSignal {
  controller = new AbortController();
  return controller.signal;
}

export function abortRun(): void {
  controller?.abort(new DOMException('The run was stopped.', 'AbortError'));
}
