// Where the canaries go through: an environment on an instance whose output and files can be read.
import { join } from 'node:path';
import type { Instance } from '../../embedded/instance-file.ts';
import type { Simulator } from '../../simulator/index.ts';
import type { Api } from '../conformance/api.ts';
import { startSystem } from '../e2e/system.ts';
import type { Canaries } from './canaries.ts';

export interface CanaryWorld {
  api: Api;
  url: string;
  key: string;
  environmentId: string;
  simulator: Simulator;
  instance: Instance;
  /** Holds the databases of Postgres and Temporal. */
  dataDir: string;
  /** All that the instance's processes have printed. */
  readOutput(): Promise<string>;
  end(): Promise<void>;
}

/** What the walks through a world leave behind. */
export interface Trail {
  world: CanaryWorld;
  canaries: Canaries;
  /** Texts of answers that said no. */
  refusals: string[];
}

export async function startCanaryWorld(port: number): Promise<CanaryWorld> {
  const system = await startSystem({
    port,
    settings: { SYNCLINE_PROVIDERS: join(import.meta.dirname, '..', 'e2e', 'auth-modes') },
  });
  const instance = system.read();
  return {
    ...system,
    environmentId: instance.environments.find(({ name }) => name === 'dev')!.id,
    instance,
    dataDir: system.settings.SYNCLINE_DATA,
    readOutput: async () => system.output(),
  };
}

export const note = ({ refusals }: Trail, { status, body }: { status: number; body: unknown }): void => {
  if (status >= 400) refusals.push(JSON.stringify(body) ?? '');
};

export async function openSession({ world: { api } }: Trail, user: string): Promise<string> {
  const body = { end_user: { id: user } };
  return (await api.ok<{ data: { token: string } }>('POST', '/connect/sessions', { body })).data.token;
}
