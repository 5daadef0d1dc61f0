// docker-compose.yml as Compose would see it: merged, and with the variables of a .env put in.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');

const service = z.object({
  image: z.string(),
  user: z.string().optional(),
  restart: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  read_only: z.boolean().default(false),
  configs: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
});
export type Service = z.infer<typeof service>;

const compose = z.object({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
  configs: z.record(z.string(), z.object({ content: z.string() })),
});

export const composeText = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

/** @throws an Error for a required variable that is empty, as Compose does. */
export function readCompose(env: Readonly<Record<string, string>>) {
  return compose.parse(substituteIn(parse(composeText, { merge: true }), env));
}

/** In the values of the parsed file, as Compose does it: what is put in is never read as YAML. */
function substituteIn(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return substitute(value, env);
  if (Array.isArray(value)) return value.map((item) => substituteIn(item, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substituteIn(item, env)]));
}

/** `${A}`, `${A:-default}` (defaults nest), `${A:?message}`; `$$` is a dollar sign. */
function substitute(text: string, env: Readonly<Record<string, string>>): string {
  const dollar = '\0';
  let before: string;
  let after = text.replaceAll('$$', dollar);
  do {
    before = after;
    after = before.replaceAll(/\$\{(\w+)(?::([-?])([^${}]*))?\}/g, (_, name: string, operator?: string, rest = '') => {
      const value = env[name] ?? '';
      if (operator === '?' && value === '') throw new Error(`${name}: ${rest}`);
      return value === '' && operator === '-' ? rest : value;
    });
  } while (after !== before);
  return after.replaceAll(dollar, '$');
}
