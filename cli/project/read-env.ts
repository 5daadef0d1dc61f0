// The settings a command sees: the process's environment, over the project's .env.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';

export type Env = Record<string, string | undefined>;

export function readEnv(dir: string, processEnv: Env): Env {
  let text: string;
  try {
    text = readFileSync(path.join(dir, '.env'), 'utf8');
  } catch {
    return processEnv;
  }
  return { ...parseEnv(text), ...processEnv };
}
