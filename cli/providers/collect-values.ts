// Values of an entry's form: from an option, else from the environment, else from its defaults, else a person is asked.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from '../errors.ts';
import type { Wanted } from './credential-inputs.ts';

interface Source {
  /** JSON or @file. */
  given: string | undefined;
  option: string;
  variable: string;
  dir: string;
  /** Absent: nobody can be asked. */
  ask?: ((wanted: Wanted) => Promise<string>) | undefined;
}

/** @throws CliError `missing_value`, `invalid_option` */
export async function collectValues(
  wanted: readonly Wanted[],
  { given, option, variable, dir, ask }: Source,
): Promise<Record<string, unknown>> {
  const values = given === undefined || given === '' ? {} : parseObject(given, option, dir);
  for (const field of wanted) {
    if (values[field.name] !== undefined) continue;
    if (field.fallback !== undefined) values[field.name] = field.fallback;
    else if (field.optional) continue;
    else if (ask) values[field.name] = await ask(field);
    else {
      throw new CliError('missing_value', `"${field.name}" (${field.title}) is missing.`, {
        hint: `Give it with ${option} '{"${field.name}":"…"}', ${option} @file.json or in ${variable}.`,
      });
    }
  }
  return values;
}

function parseObject(text: string, option: string, dir: string): Record<string, unknown> {
  const invalid = (problem: string) => new CliError('invalid_option', `${option} ${problem}`);
  let json = text;
  if (text.startsWith('@')) {
    try {
      json = readFileSync(path.resolve(dir, text.slice(1)), 'utf8');
    } catch (cause) {
      throw invalid(`names a file that cannot be read: ${(cause as Error).message}.`);
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Its text may be a secret, so it is not quoted.
    throw invalid('takes a JSON object or @file.json; this is no JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid('takes a JSON object.');
}
