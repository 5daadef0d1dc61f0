// The environment, parsed once per process. Every mistake is found in one pass and told in one table.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { SynclineError } from '../errors.ts';
import { type Problem, renderProblems } from './problems.ts';
import * as shape from './shapes.ts';
import { type VariableName, variable } from './variables.ts';

const roles = ['api', 'worker'] as const;
export type Role = (typeof roles)[number];

/** What a process of the server (`api/main.ts`, `workers/main.ts`) runs on. */
export interface Config {
  env: 'development' | 'production' | 'test';
  host: string;
  port: number;
  /** No slash at the end. */
  publicUrl: string;
  /** Absolute. */
  dataDir: string;
  /** 32 bytes each; the first encrypts, the others only decrypt. */
  encryptionKeys: Buffer[];
  demo: boolean;
  log: 'people' | 'json';
  /** The first key of the environments `dev` and `prod`, when somebody chose it. */
  secretKeys: { dev: string | undefined; prod: string | undefined };
  /** `host:port` or CIDR. */
  allowEgress: string[];
  /** Set only with env `test`: the origin that gets every outbound request. */
  egressTo: string | undefined;
  /** Absolute; a folder of entries over the catalogue. */
  providersDir: string | undefined;
  databaseUrl: string;
  temporal: { address: string; namespace: string; uiUrl: string | undefined };
  roles: Role[];
  /** Child of `npm start`. */
  embedded: boolean;
  workflowBundle: string | undefined;
  guests: number;
  guestHeapMb: number;
  /** Of functions; see `Limits` in core/runtime. */
  limits: { stallMs: number; actionMs: number };
}

/** What `npm start` begins with: it brings database, Temporal and key itself where they are not given. */
export interface SupervisorConfig extends Omit<Config, 'databaseUrl' | 'temporal'> {
  databaseUrl: string | undefined;
  temporal: { address: string | undefined; namespace: string; uiUrl: string | undefined };
  simulatorPort: number | undefined;
}

const schema = z.object({
  SYNCLINE_PORT: shape.wholeNumber(1, 65535).default(3003),
  SYNCLINE_HOST: shape.host.default('127.0.0.1'),
  SYNCLINE_DATA: shape.text.default('.syncline'),
  SYNCLINE_PUBLIC_URL: shape.httpUrl.optional(),
  SYNCLINE_ENCRYPTION_KEY: shape.encryptionKeys.optional(),
  SYNCLINE_DEMO: shape.flag.optional(),
  SYNCLINE_ENV: shape.oneOf(['development', 'production', 'test']).default('development'),
  SYNCLINE_SECRET_KEY_DEV: shape.apiKey.optional(),
  SYNCLINE_SECRET_KEY_PROD: shape.apiKey.optional(),
  SYNCLINE_ALLOW_EGRESS: shape.egressList.default([]),
  SYNCLINE_EGRESS_TO: shape.origin.optional(),
  SYNCLINE_PROVIDERS: shape.text.optional(),
  DATABASE_URL: shape.databaseUrl.optional(),
  TEMPORAL_ADDRESS: shape.hostPort.optional(),
  TEMPORAL_NAMESPACE: shape.text.regex(/^[\w.-]{2,200}$/, 'is not a namespace').default('syncline'),
  SYNCLINE_ROLES: shape.someOf(roles).default([...roles]),
  SYNCLINE_LOG: shape.oneOf(['people', 'json']).default('people'),
  SYNCLINE_GUESTS: shape.wholeNumber(1, 256).default(availableParallelism()),
  SYNCLINE_GUEST_HEAP_MB: shape.wholeNumber(64, 16_384).default(512),
  SYNCLINE_TEMPORAL_UI_URL: shape.httpUrl.optional(),
  SYNCLINE_EMBEDDED: shape.flag.default(false),
  SYNCLINE_WORKFLOW_BUNDLE: shape.text.optional(),
  SYNCLINE_SIMULATOR_PORT: shape.wholeNumber(1, 65535).optional(),
  SYNCLINE_STALL_MS: shape.wholeNumber(100, 3_600_000).default(600_000),
  SYNCLINE_ACTION_MS: shape.wholeNumber(100, 3_600_000).default(900_000),
} satisfies Record<VariableName, z.ZodType>);

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * @throws SynclineError `invalid_config`; its message is the table of every mistake.
 * @example const config = parseConfig(process.env);
 */
export function parseConfig(env: Env): Config {
  const required = ['SYNCLINE_ENCRYPTION_KEY', 'DATABASE_URL', 'TEMPORAL_ADDRESS'] as const;
  const { databaseUrl, temporal, simulatorPort: _, ...rest } = parse(env, required);
  return { ...rest, databaseUrl: databaseUrl!, temporal: { ...temporal, address: temporal.address! } };
}

/** As `parseConfig`, for the process that starts the others: nothing is required. */
export const parseSupervisorConfig = (env: Env): SupervisorConfig => parse(env, []);

function parse(env: Env, required: readonly VariableName[]): SupervisorConfig {
  // An empty value is an unset one: compose files write `NAME: ${NAME:-}`.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const problems: Problem[] = [];
  const refuse = (name: VariableName, wrong: string) => {
    if (problems.some((problem) => problem.name === name)) return;
    const { secret, fix } = variable(name);
    const shown = secret || given[name] === undefined ? '' : `${JSON.stringify(given[name].slice(0, 80))} `;
    problems.push({ name, wrong: `${shown}${wrong}`, fix });
  };

  const result = schema.safeParse(given);
  for (const issue of result.error?.issues ?? []) refuse(issue.path[0] as VariableName, issue.message);
  for (const name of required) if (given[name] === undefined) refuse(name, 'is not set');
  if (given['SYNCLINE_EGRESS_TO'] !== undefined && given['SYNCLINE_ENV'] !== 'test') {
    refuse('SYNCLINE_EGRESS_TO', 'is for tests only');
  }
  if (!result.success || problems.length > 0) {
    throw new SynclineError('invalid_config', renderProblems(problems), {
      status: 500,
      errors: problems.map(({ name, wrong }) => ({ code: 'invalid_config', message: wrong, path: [name] })),
    });
  }
  const e = result.data;
  return {
    env: e.SYNCLINE_ENV,
    host: e.SYNCLINE_HOST,
    port: e.SYNCLINE_PORT,
    publicUrl: e.SYNCLINE_PUBLIC_URL ?? `http://${reachable(e.SYNCLINE_HOST)}:${e.SYNCLINE_PORT}`,
    dataDir: resolve(e.SYNCLINE_DATA),
    encryptionKeys: e.SYNCLINE_ENCRYPTION_KEY ?? [],
    demo: e.SYNCLINE_DEMO ?? e.SYNCLINE_ENV !== 'production',
    log: e.SYNCLINE_LOG,
    secretKeys: { dev: e.SYNCLINE_SECRET_KEY_DEV, prod: e.SYNCLINE_SECRET_KEY_PROD },
    allowEgress: e.SYNCLINE_ALLOW_EGRESS,
    egressTo: e.SYNCLINE_EGRESS_TO,
    providersDir: e.SYNCLINE_PROVIDERS && resolve(e.SYNCLINE_PROVIDERS),
    databaseUrl: e.DATABASE_URL,
    temporal: {
      address: e.TEMPORAL_ADDRESS,
      namespace: e.TEMPORAL_NAMESPACE,
      uiUrl: e.SYNCLINE_TEMPORAL_UI_URL,
    },
    roles: e.SYNCLINE_ROLES,
    embedded: e.SYNCLINE_EMBEDDED,
    workflowBundle: e.SYNCLINE_WORKFLOW_BUNDLE && resolve(e.SYNCLINE_WORKFLOW_BUNDLE),
    guests: e.SYNCLINE_GUESTS,
    guestHeapMb: e.SYNCLINE_GUEST_HEAP_MB,
    limits: { stallMs: e.SYNCLINE_STALL_MS, actionMs: e.SYNCLINE_ACTION_MS },
    simulatorPort: e.SYNCLINE_SIMULATOR_PORT,
  };
}

/** An address for listening on everything is no address to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
