// A write that failed and whose failure the script did not look at (a forgotten `await`) must not end in a run that succeeds.
let failed = new WeakSet<object>();
let anyFailed = false;
let dropped: { error: unknown } | undefined;

process.on('unhandledRejection', (reason) => {
  if (typeof reason === 'object' && reason !== null && failed.has(reason)) dropped ??= { error: reason };
});

/** A guest runs one function after another. */
export function forgetWrites(): void {
  failed = new WeakSet();
  anyFailed = false;
  dropped = undefined;
}

export function noteFailedWrite(error: unknown): void {
  if (typeof error !== 'object' || error === null) return;
  failed.add(error);
  anyFailed = true;
}

/** @throws the failure of the first write that nobody looked at */
export function throwDroppedWrite(): void {
  if (dropped) throw dropped.error;
}

/** Node tells of an unhandled rejection when the microtasks of its tick are done. */
export async function waitForDroppedWrites(): Promise<void> {
  if (anyFailed) await new Promise(setImmediate);
}
