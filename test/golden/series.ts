// The captures as one series: lines to compare and setup steps between them, in the order in which they were made.
import { readFileSync } from 'node:fs';

export interface GoldenRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
  rawBody?: string;
}

export interface GoldenAnswer {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

/** Another answer that is right: a part of one, or a whole body. */
export interface OtherAnswer {
  status?: number | number[];
  code?: string;
  /** A whole body, or values by JSON pointer. */
  body?: unknown;
}

export interface Step {
  seq: number;
  name: string;
  /** Absent: nothing is asked, the runner does what `hook` says. */
  request?: GoldenRequest;
  hook?: string;
  /** Wait before it until all triggered runs have ended. */
  await?: boolean;
  awaitAfter?: { provider_config_key: string; connection_id: string; sync: string };
  needs?: string[];
  /** Name → JSON pointer into the answer. */
  capture?: Record<string, string>;
}

export interface Line extends Step {
  family: string;
  request: GoldenRequest;
  response: GoldenAnswer;
  compare: 'exact' | 'shape' | 'envelope';
  volatile?: string[];
  unordered?: string[];
  contains?: Record<string, unknown>;
  alternatives?: OtherAnswer[];
  notMatched?: { why: string; instead?: OtherAnswer };
  /** The captured list was cut. */
  truncated?: unknown;
}

export const isLine = (step: Step | Line): step is Line => 'response' in step;

export function readSteps<T extends Step>(file: string): T[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as T);
}

/**
 * A chosen line makes its own change, so the setup step of its name is left out; nothing after the last chosen line is
 * needed.
 */
export function toSeries(lines: Line[], setup: Step[], only: string | undefined): (Step | Line)[] {
  const chosen = lines.filter(({ name }) => only === undefined || name.includes(only));
  const names = new Set(chosen.map(({ name }) => name));
  const last = Math.max(...chosen.map(({ seq }) => seq));
  const steps = setup.filter(({ name, seq }) => !names.has(name) && seq <= last);
  return [...steps, ...chosen].sort((a, b) => a.seq - b.seq);
}
