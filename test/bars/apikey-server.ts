// The API as `npm start` runs it: its entry point and flags, in a process of its own, over a database of its own.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSupervisorConfig } from '../../core/config/parse-config.ts';
import { createOwnDatabase } from '../../core/db/test-server.ts';
import { makeApiKey } from '../../core/environments/api-key-format.ts';
import { apiChild, entries } from '../../embedded/children.ts';
import { ownEnvironment } from '../e2e/instance-process.ts';

export interface ApiServer {
  url: string;
  /** Of the environment `dev`. */
  key: string;
  stop(): Promise<void>;
}

/** Nobody listens there: no route that is asked here needs Temporal. */
const noTemporal = '127.0.0.1:9';

/** @throws Error with what it said when it ends instead of serving */
export async function startApiServer(port: number): Promise<ApiServer> {
  const own = await createOwnDatabase('bar_flood', { migrated: true });
  const dataDir = mkdtempSync(join(tmpdir(), 'syncline-bar-api-'));
  const key = makeApiKey('dev');
  const given = ownEnvironment({ SYNCLINE_DATA: dataDir, SYNCLINE_PORT: String(port), SYNCLINE_DEMO: '0' });
  const facts = {
    config: parseSupervisorConfig(given),
    databaseUrl: own.url,
    temporalAddress: noTemporal,
    temporalUiUrl: undefined,
    encryptionKey: Buffer.alloc(32, 7).toString('base64'),
    simulatorPort: undefined,
    compileCache: join(dataDir, 'compiled'),
  };
  const spec = apiChild(entries.api, { ...given, SYNCLINE_GUESTS: '1' }, facts, { SYNCLINE_SECRET_KEY_DEV: key });
  const child = await spec.spawn();
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk));
  const gone = new AbortController();
  const exited = once(child, 'exit').then(() => gone.abort(new Error(`The API ended: ${said.slice(-2_000)}`)));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    rmSync(dataDir, { recursive: true, force: true });
    await own.drop();
  };
  try {
    const { url } = await spec.ready(child, gone.signal);
    return { url, key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
