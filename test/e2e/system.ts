// What most tests need: an instance in a folder of its own, a simulated provider in this process, and the API with a key.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../embedded/free-port.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.ts';
import { type Api, createApi } from '../conformance/api.ts';
import { type InstanceProcess, type Settings, startInstance } from './instance-process.ts';

export interface System extends InstanceProcess {
  url: string;
  key: string;
  api: Api;
  simulator: Simulator;
  settings: Settings & { SYNCLINE_DATA: string };
  /** Stops everything and removes the folder. */
  end(): Promise<void>;
}

export interface SystemOptions {
  /** Another, where somebody else's run of these tests has it. */
  port: number;
  simulator?: SimulatorOptions;
  settings?: Settings;
}

export async function startSystem({ port, simulator: simulated = {}, settings = {} }: SystemOptions): Promise<System> {
  const folder = createFolder();
  const simulator = createSimulator(simulated);
  await simulator.listen();
  const all = {
    SYNCLINE_DATA: join(folder.path, 'data'),
    SYNCLINE_PORT: String(await freePort({ wanted: port })),
    SYNCLINE_ALLOW_EGRESS: new URL(simulator.url).host,
    ...settings,
  };
  const discard = async () => {
    await simulator.close();
    folder.remove();
  };
  try {
    const instance = await startInstance(all);
    return {
      ...instance,
      ...connect(instance),
      simulator,
      settings: all,
      async end() {
        await instance.stop();
        await discard();
      },
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** A client of the environment `dev`. */
export function connect(instance: InstanceProcess, environment = 'dev'): { url: string; key: string; api: Api } {
  const { url, environments } = instance.read();
  const key = environments.find(({ name }) => name === environment)?.secretKey;
  if (!key) throw new Error(`No key of the environment ${environment}.`);
  return { url, key, api: createApi({ host: url, key }) };
}

export function createFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'syncline-e2e-'));
  chmodSync(path, 0o755); // run by root, the database is another user
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
