// What a benchmark runs on: an instance as `npm start` makes it, the upstream in a process of its own, and a key.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import { type Api, createApi } from '../test/conformance/api.ts';
import { type InstanceProcess, startInstance } from '../test/e2e/instance-process.ts';
import { createFolder } from '../test/e2e/system.ts';
import { startChild } from './child-process.ts';
import { printDatabase } from './machine.ts';
import type { Options } from './options.ts';
import { parentOf, type Root } from './process-usage.ts';

export interface System {
  api: Api;
  url: string;
  key: string;
  upstreamUrl: string;
  integration: string;
  instance: InstanceProcess;
  /** As the database's owner, past row-level security: for references, sizes and counters. */
  sql: ReturnType<typeof postgres>;
  databaseUrl: string;
  /** The instance's processes. */
  ours(): Root[];
  /** These, the upstream, and whatever `add` named: everything that this run has started. */
  started(): Root[];
  add(root: Root): void;
  /** A connection with the key of the upstream; again: the same one. */
  connect(connection: string, metadata?: Record<string, unknown>): Promise<void>;
  stop(): Promise<void>;
}

export async function startSystem({ port, profile }: Options): Promise<System> {
  const folder = createFolder();
  const dataDir = join(folder.path, 'data');
  const upstream = await startChild(join(import.meta.dirname, '..', 'simulator', 'main.ts'), ['--port', '0', '--fast']);
  const upstreamUrl = (upstream.ready as { url: string }).url;
  const undo = [() => folder.remove(), upstream.stop];
  const stop = async () => {
    while (undo.length > 0) await undo.pop()!();
  };
  try {
    const instance = await startInstance({
      SYNCLINE_DATA: dataDir,
      SYNCLINE_PORT: String(port),
      SYNCLINE_ALLOW_EGRESS: new URL(upstreamUrl).host,
      NODE_OPTIONS: nodeOptions(profile),
    });
    undo.push(async () => void (await instance.stop()));
    const { url, databaseUrl, environments, processes } = instance.read();
    const key = environments.find(({ name }) => name === 'dev')!.secretKey!;
    const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
    undo.push(() => sql.end());
    await printDatabase(sql);
    const api = createApi({ host: url, key });
    const integration = 'bench';
    await api.ok('POST', '/integrations', { body: { provider: 'simulator-api-key', unique_key: integration } });
    const supervisor = parentOf(processes[0]!.pid);
    const own: Root[] = [
      { name: 'bench', pid: process.pid },
      { name: 'upstream', pid: upstream.pid },
    ];
    const ours = () => [{ name: 'supervisor', pid: supervisor }, ...instance.read().processes];
    return {
      api,
      url,
      key,
      upstreamUrl,
      integration,
      instance,
      sql,
      databaseUrl,
      ours,
      started: () => [...ours(), ...own],
      add: (root) => own.push(root),
      async connect(connection, metadata) {
        const place = { provider_config_key: integration, connection_id: connection };
        const credentials = { type: 'API_KEY', apiKey: 'sim-key' };
        await api.ok('POST', '/connections', {
          body: { ...place, credentials, connection_config: { base_url: upstreamUrl } },
        });
        if (metadata) await api.ok('POST', '/connections/metadata', { body: { ...place, metadata } });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The young generation as `npm start` has it. */
function nodeOptions(profile: string | undefined): string {
  const own = '--max-semi-space-size=2';
  if (profile === undefined) return own;
  mkdirSync(profile, { recursive: true });
  return `${own} --cpu-prof --cpu-prof-dir=${resolve(profile)}`;
}
