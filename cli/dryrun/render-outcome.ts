// The end of a dry run for people: what would have been stored or answered, where it failed.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { codeFrame } from '../code-frame.ts';
import type { MemoryStream } from './memory-stream.ts';
import type { Failure, Outcome } from './outcome.ts';
import { milliseconds, seconds, size } from './render-event.ts';

const samples = 3;
const maxSample = 200;
const maxOutputLines = 60;
const maxToldRejects = 5;

export function renderOutcome({ streams, checkpoint, metadata, quarantined, ...outcome }: Outcome): string[] {
  const lines = [...streams].flatMap(([model, stream]) => renderModel(model, stream));
  if (quarantined.length > 0) lines.push(`${quarantined.length} records would be quarantined`);
  const told = quarantined.slice(0, maxToldRejects).map(({ model, id, reason, at }) => {
    return `  ${model} ${id === null ? 'without an id' : JSON.stringify(id)}: ${reason}${at === undefined ? '' : `, saved at ${at}`}`;
  });
  lines.push(...told);
  if (JSON.stringify(checkpoint.from) !== JSON.stringify(checkpoint.to))
    lines.push(`checkpoint  ${JSON.stringify(checkpoint.from)} → ${JSON.stringify(checkpoint.to)}`);
  if (metadata) lines.push(`metadata would be ${JSON.stringify(metadata)}`);
  if ('output' in outcome) lines.push('output', ...indented(outcome.output));
  const requests = outcome.events.filter(({ kind }) => kind === 'request').length;
  if (!outcome.failure)
    lines.push(`✔ ${requests} request${requests === 1 ? '' : 's'}, ${seconds(outcome.durationMs)}; nothing was stored`);
  return lines;
}

function renderModel(model: string, { counts, rows, deletions }: MemoryStream): string[] {
  const { updated, deleted, unchanged } = counts;
  const live = [...rows.values()].filter(({ deletedAt }) => deletedAt === null);
  const unknown = deletions.filter(({ id }) => !rows.has(id)).map(({ id }) => id);
  const again = [
    ...(updated > 0 ? [`${updated} changed again`] : []),
    ...(unchanged > 0 ? [`${unchanged} saved again unchanged`] : []),
  ];
  return [
    `${model}  ${live.length} would be saved${again.length > 0 ? ` (${again.join(', ')})` : ''}, ${deleted + unknown.length} deleted`,
    ...live.slice(0, samples).map(({ body }) => `  ${cut(body.toString())}`),
    ...(live.length > samples ? [`  … and ${live.length - samples} more`] : []),
    ...(unknown.length > 0 ? [`  deletes ${cut(unknown.slice(0, 10).join(', '))}`] : []),
  ];
}

/** With the lines of the source, where it came from there. */
export function renderFailure({ type, message, payload, upstream, places }: Failure, dir: string): string[] {
  const [place] = places;
  const where = place ? `${place.file}:${place.line}:${place.column} ` : '';
  const shown = upstream ? { status: upstream.status, body: upstream.body } : withoutStack(payload);
  return [
    `${where}${type}: ${message}`,
    ...(place ? codeFrame(readSource(path.join(dir, place.file)), place).map((line) => `  ${line}`) : []),
    ...places.slice(1, 4).map(({ file, line, column }) => `    at ${file}:${line}:${column}`),
    ...(shown === undefined ? [] : indented(shown)),
  ];
}

export function renderDiagnostics({ events, durationMs, peakMemoryBytes, streams }: Outcome): string[] {
  const requests = events.filter((event) => event.kind === 'request');
  const waitedMs = requests.reduce((sum, event) => sum + event.durationMs, 0);
  const bytes = requests.reduce((sum, event) => sum + event.sizeBytes, 0);
  const records = [...streams.values()].reduce((sum, { saved }) => sum + saved.length, 0);
  return [
    `time      ${seconds(durationMs)}, of it ${seconds(waitedMs)} in ${requests.length} requests`,
    `slowest   ${requests.length === 0 ? '-' : milliseconds(Math.max(...requests.map((event) => event.durationMs)))}`,
    `received  ${size(bytes)}`,
    `saved     ${records} records`,
    ...(peakMemoryBytes === undefined ? [] : [`memory    ${size(peakMemoryBytes)} at most`]),
  ];
}

/** The stack is told by places. */
function withoutStack(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null) return payload;
  const { stacktrace: _, name: _name, message: _message, ...rest } = payload as Record<string, unknown>;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function indented(value: unknown): string[] {
  const lines = (JSON.stringify(value, null, 2) ?? 'undefined').split('\n');
  const kept = lines.slice(0, maxOutputLines).map((line) => `  ${cut(line)}`);
  return lines.length > maxOutputLines ? [...kept, `  … (${lines.length} lines)`] : kept;
}

const cut = (text: string): string => (text.length > maxSample ? `${text.slice(0, maxSample)}…` : text);

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
