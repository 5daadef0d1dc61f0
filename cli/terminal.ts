// Where commands speak: lines for people, one JSON value for programs.
import type { Diagnostic } from './errors.ts';
import { renderDiagnostic } from './errors.ts';

export interface Terminal {
  readonly json: boolean;
  /** For people; nothing with --json. */
  line(text?: string): void;
  /** For people, on stderr. */
  warn(diagnostics: Diagnostic[]): void;
  /** Rows with aligned columns; the first row is the head. */
  table(rows: string[][]): void;
  /** How far long work is: a line for people, with --json an object a line on stderr. */
  progress(value: object, text: string): void;
  /** For programs: the command's result. Nothing without --json. */
  result(value: unknown): void;
}

interface Streams {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

export function createTerminal({ json, stdout, stderr }: Streams & { json: boolean }): Terminal {
  const line = (text = '') => {
    if (!json) stdout.write(`${text}\n`);
  };
  return {
    json,
    line,
    warn(diagnostics) {
      if (!json) for (const diagnostic of diagnostics) stderr.write(`${renderDiagnostic(diagnostic)}\n`);
    },
    table(rows) {
      for (const row of alignColumns(rows)) line(row);
    },
    progress(value, text) {
      if (json) stderr.write(`${JSON.stringify(value)}\n`);
      else line(text);
    },
    result(value) {
      if (json) stdout.write(`${JSON.stringify(value ?? null, null, 2)}\n`);
    },
  };
}

export function alignColumns(rows: string[][]): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
