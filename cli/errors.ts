// What the command says when it cannot go on: one sentence, a hint, places in files, an exit code.

export const exitCodes = { compile: 10, deploy: 11, dryRun: 12, other: 1 } as const;

/** A remark about a place in the author's code. Lines and columns start at 1. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  code: string;
  message: string;
  /** Relative to the project, with forward slashes. */
  file?: string;
  line?: number;
  column?: number;
}

interface CliErrorDetails {
  exitCode?: number;
  hint?: string;
  diagnostics?: Diagnostic[];
  /** What there is to tell all the same: stands beside the error in --json. */
  result?: object;
  cause?: unknown;
}

/** @example throw new CliError('no_index', 'There is no index.ts here.', { hint: 'Run: syncline init' }); */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;
  readonly diagnostics: Diagnostic[];
  readonly result: object | undefined;

  constructor(code: string, message: string, details: CliErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.exitCode = details.exitCode ?? exitCodes.other;
    this.hint = details.hint;
    this.diagnostics = details.diagnostics ?? [];
    this.result = details.result;
  }
}

export function compileError(code: string, message: string, place: Partial<Diagnostic> = {}): CliError {
  return new CliError(code, message, {
    exitCode: exitCodes.compile,
    diagnostics: [{ severity: 'error', code, message, ...place }],
  });
}

/** `file:line:column message`, the form that editors and terminals make clickable. */
export function renderDiagnostic({ file, line, column, severity, message }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place === '' ? '' : `${place} `}${severity}: ${message}`;
}
