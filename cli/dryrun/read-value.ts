// Values on the command line: JSON, @file with JSON in it, or plain text where that makes sense.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseCheckpoint } from '../../core/runtime/parse-checkpoint.ts';
import { CliError, exitCodes } from '../errors.ts';

const invalid = (option: string, problem: string) =>
  new CliError('invalid_option', `${option} ${problem}`, { exitCode: exitCodes.dryRun });

/** Text that is no JSON is text. @throws CliError invalid_option for a file that cannot be read, or has no JSON in it */
export function readValue(option: string, text: string, dir: string): unknown {
  if (text.startsWith('@')) return readJsonFile(option, text.slice(1), dir);
  try {
    return JSON.parse(text);
  } catch {
    if (!/^\s*[[{"]/.test(text)) return text;
    throw invalid(option, 'looks like JSON, but is not.'); // a forgotten quote, most likely
  }
}

export function readObject(option: string, text: string, dir: string): Record<string, unknown> {
  const value = readValue(option, text, dir);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(option, 'takes a JSON object, such as \'{"team":"blue"}\', or @file.json.');
}

export function readCheckpoint(text: string, dir: string) {
  try {
    return parseCheckpoint(readObject('--checkpoint', text, dir));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw invalid('--checkpoint', `does not fit: ${(error as Error).message}`);
  }
}

export function readDate(option: string, text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw invalid(option, 'takes a date, such as 2026-01-31 or 2026-01-31T12:00:00Z.');
}

export function readJsonFile(option: string, file: string, dir: string): unknown {
  let text: string;
  try {
    text = readFileSync(path.resolve(dir, file), 'utf8');
  } catch (cause) {
    throw invalid(option, `names a file that cannot be read: ${(cause as Error).message}.`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(option, `names ${file}, which is no JSON: ${(cause as Error).message}.`);
  }
}
