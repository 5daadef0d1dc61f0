// What a checkpoint may be. The guest checks the script's own value, the host what came over the pipe.
import { SynclineError } from '../errors.ts';

export type CheckpointValue = Record<string, string | number | boolean>;

const maxFields = 16;
const maxKeyLength = 255;
const maxTextLength = 4_000;

const invalid = (problem: string) =>
  new SynclineError(
    'invalid_checkpoint',
    `A checkpoint is a flat object of strings, finite numbers and booleans: ${problem}.`,
    {
      status: 400,
      hint: 'Keep only what the next run needs to go on from: a cursor, a page, a date.',
    },
  );

/** Dates become ISO text, `undefined` drops out. @throws SynclineError invalid_checkpoint */
export function parseCheckpoint(value: unknown): CheckpointValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('this is not an object');
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  if (entries.length > maxFields) throw invalid(`it has ${entries.length} fields, ${maxFields} are allowed`);
  return Object.fromEntries(entries.map(([name, field]) => [parseName(name), parseField(name, field)]));
}

function parseName(name: string): string {
  if (name.length > maxKeyLength) throw invalid(`the name of a field has ${name.length} characters`);
  if (!isStorable(name)) throw invalid('the name of a field has a character that cannot be stored');
  return name;
}

function parseField(name: string, field: unknown): string | number | boolean {
  if (typeof field === 'boolean') return field;
  if (typeof field === 'number' && Number.isFinite(field)) return field;
  if (field instanceof Date && !Number.isNaN(field.getTime())) return field.toISOString();
  if (typeof field !== 'string') throw invalid(`'${name}' is ${kindOf(field)}`);
  if (field.length > maxTextLength) throw invalid(`'${name}' has ${field.length} characters`);
  if (!isStorable(field)) throw invalid(`'${name}' has a character that cannot be stored`);
  return field;
}

/** Postgres takes neither NUL nor a lone surrogate in JSON. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();

function kindOf(field: unknown): string {
  if (field === null) return 'null';
  if (Array.isArray(field)) return 'a list';
  if (typeof field === 'number') return String(field);
  return field instanceof Date ? 'no valid date' : `of type ${typeof field}`;
}
