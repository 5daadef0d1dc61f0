// The three children by name: what each one is started with, and what it answers when it serves.
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Env, SupervisorConfig } from '../core/config/parse-config.ts';
import { nodeChild } from './child.ts';

const root = join(import.meta.dirname, '..');

/** Other scripts in tests. */
export interface Entries {
  api: string;
  worker: string;
  simulator: string;
}

export const entries: Entries = {
  api: join(root, 'api', 'main.ts'),
  worker: join(root, 'workers', 'main.ts'),
  simulator: join(root, 'simulator', 'main.ts'),
};

const driverPatch = ['--import', join(root, 'core', 'db', 'driver-patch.ts')];

const apiReady = z.object({
  type: z.literal('ready'),
  url: z.string(),
  dashboardUrl: z.string().optional(),
  environments: z.array(
    z.object({ name: z.string(), id: z.string(), secretKey: z.string().nullable(), webhookSigningKey: z.string() }),
  ),
});
export type ApiReady = z.infer<typeof apiReady>;
const workerReady = z.object({ type: z.literal('ready') });
const simulatorReady = z.object({ type: z.literal('ready'), url: z.string() });

/** All that a server process needs to know, besides what the operator set. */
export interface ServerFacts {
  config: SupervisorConfig;
  databaseUrl: string;
  temporalAddress: string;
  temporalUiUrl: string | undefined;
  /** As in SYNCLINE_ENCRYPTION_KEY. */
  encryptionKey: string;
  simulatorPort: number | undefined;
  compileCache: string;
}

function serverEnv(given: Env, facts: ServerFacts): Env {
  const { config, simulatorPort } = facts;
  const allowed = [...config.allowEgress, ...(simulatorPort === undefined ? [] : [`127.0.0.1:${simulatorPort}`])];
  return {
    ...given,
    NODE_COMPILE_CACHE: facts.compileCache,
    SYNCLINE_HOST: config.host,
    SYNCLINE_PORT: String(config.port),
    SYNCLINE_DATA: config.dataDir,
    SYNCLINE_PUBLIC_URL: config.publicUrl,
    SYNCLINE_ENCRYPTION_KEY: facts.encryptionKey,
    SYNCLINE_ALLOW_EGRESS: allowed.join(','),
    SYNCLINE_DEMO: config.demo ? '1' : '0',
    SYNCLINE_EMBEDDED: '1',
    SYNCLINE_SIMULATOR_PORT: simulatorPort === undefined ? undefined : String(simulatorPort),
    DATABASE_URL: facts.databaseUrl,
    TEMPORAL_ADDRESS: facts.temporalAddress,
    SYNCLINE_TEMPORAL_UI_URL: facts.temporalUiUrl,
  };
}

export const apiChild = (script: string, given: Env, facts: ServerFacts, secretKeys: Env) =>
  nodeChild({
    name: 'api',
    entry: script,
    // Helper threads of the collector cost a page of records a fifth more CPU, and the other core has work of its own.
    nodeFlags: [
      '--max-old-space-size=256',
      '--max-semi-space-size=4',
      '--no-incremental-marking',
      '--single-threaded-gc',
      ...driverPatch,
    ],
    env: { ...serverEnv(given, facts), ...secretKeys },
    dataDir: facts.config.dataDir,
    parse: (message) => apiReady.parse(message),
  });

export const workerChild = (script: string, given: Env, facts: ServerFacts, workflowBundle: string) =>
  nodeChild({
    name: 'worker',
    entry: script,
    // Pages are buffers outside of V8's heap, whose growth starts a marking every 64 MB: done at once it costs a third less CPU.
    nodeFlags: ['--max-old-space-size=384', '--max-semi-space-size=8', '--no-incremental-marking', ...driverPatch],
    env: { ...serverEnv(given, facts), SYNCLINE_WORKFLOW_BUNDLE: workflowBundle },
    dataDir: facts.config.dataDir,
    parse: (message) => workerReady.parse(message),
  });

/** It plays a stranger on the internet: it gets no key and no address of ours. */
export const simulatorChild = (
  script: string,
  port: number,
  { dataDir, compileCache }: { dataDir: string; compileCache: string },
) =>
  nodeChild({
    name: 'simulator',
    entry: script,
    nodeFlags: ['--max-old-space-size=128', '--max-semi-space-size=4'],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compileCache, SYNCLINE_SIMULATOR_PORT: String(port) },
    dataDir,
    parse: (message) => simulatorReady.parse(message),
  });

/** The API serves Temporal's UI a codec under a path that only this instance's UI is told. */
export function codecEndpoint(publicUrl: string, encryptionKey: Buffer): string {
  const token = createHmac('sha256', encryptionKey).update('temporal-codec-endpoint').digest('base64url').slice(0, 32);
  return `${publicUrl}/temporal/codec/${token}`;
}
