// Which server and environment a command talks to, and with which key.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { CliError } from '../errors.ts';
import type { Env } from './read-env.ts';

export interface Target {
  /** Origin of the API, without a trailing slash. */
  url: string;
  environment: string;
  secretKey: string;
}

const defaultUrl = 'http://127.0.0.1:3003';
const localHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

const instanceSchema = z.object({
  url: z.url(),
  environments: z.array(z.object({ name: z.string(), secretKey: z.string() })),
});

interface ResolveTarget {
  env: Env;
  /** Default `dev`. */
  environment?: string;
  /** Folders that may hold a running instance's instance.json, in this order. */
  dataFolders: string[];
}

/**
 * The key comes from the environment's own variable, then the general one. Without any, a local instance's own key is
 * taken, and only when the host is that very instance: a key never goes to another server.
 */
export function resolveTarget({ env, environment = 'dev', dataFolders }: ResolveTarget): Target {
  const asked = env['SYNCLINE_HOSTPORT'] || env['NANGO_HOSTPORT'];
  const url = asked === undefined || asked === '' ? undefined : parseUrl(asked);
  const suffix = environment.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  const names = [
    `SYNCLINE_SECRET_KEY_${suffix}`,
    `NANGO_SECRET_KEY_${suffix}`,
    'SYNCLINE_SECRET_KEY',
    'NANGO_SECRET_KEY',
  ];
  const secretKey = names.map((name) => env[name]).find((value) => value !== undefined && value !== '');

  if (secretKey !== undefined && url !== undefined) return { url, environment, secretKey };
  const instance = dataFolders
    .map(readInstance)
    .find((found) => found !== undefined && (!url || sameOrigin(found.url, url)));
  if (secretKey !== undefined)
    return { url: instance === undefined ? defaultUrl : new URL(instance.url).origin, environment, secretKey };

  const own = instance?.environments.find(({ name }) => name === environment)?.secretKey;
  if (instance !== undefined && own !== undefined)
    return { url: new URL(instance.url).origin, environment, secretKey: own };
  const known = instance?.environments.map(({ name }) => name).join(', ');
  throw new CliError('no_secret_key', `No key for the environment "${environment}".`, {
    hint: known
      ? `The running instance has: ${known}.`
      : `Set ${names[0]}, in the shell or in .env; or start Syncline on this machine.`,
  });
}

function parseUrl(text: string): string {
  const withScheme = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (URL.canParse(withScheme)) return new URL(withScheme).origin + new URL(withScheme).pathname.replace(/\/+$/, '');
  throw new CliError('invalid_host', `"${text}" is no address of a server.`, {
    hint: `Write for example ${defaultUrl}.`,
  });
}

function readInstance(folder: string) {
  try {
    const parsed = instanceSchema.safeParse(JSON.parse(readFileSync(path.join(folder, 'instance.json'), 'utf8')));
    return parsed.success && localHosts.has(new URL(parsed.data.url).hostname) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function sameOrigin(a: string, b: string): boolean {
  const [left, right] = [new URL(a), new URL(b)];
  return (
    left.port === right.port &&
    left.protocol === right.protocol &&
    localHosts.has(left.hostname) &&
    localHosts.has(right.hostname)
  );
}
