// What a file needs that leaves the instance's processes and settings alone: an environment of its own on the one that all such
// files share, a simulated provider in this process, and the API with a key.
import { randomBytes } from 'node:crypto';
import type { Instance } from '../../embedded/instance-file.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.ts';
import { type Api, createApi } from '../conformance/api.ts';
import type { Settings } from './instance-process.ts';
import { type Offer, variables } from './shared-instance.ts';

export interface SharedSystem {
  url: string;
  key: string;
  api: Api;
  environmentId: string;
  instance: Instance;
  simulator: Simulator;
  /** With these the command line takes the environment for `dev`. */
  settings: Settings;
  /** The instance goes on. */
  end(): Promise<void>;
}

/** @param name of the environment; something is added to it */
export async function joinSystem(name: string, simulated: SimulatorOptions = {}): Promise<SharedSystem> {
  const environment = `${name}-${randomBytes(3).toString('hex')}`;
  const answer = await fetch(`${process.env[variables.address]}/${environment}`);
  if (!answer.ok) throw new Error(`The shared instance: ${await answer.text()}`);
  const { instance, environmentId, key } = (await answer.json()) as Offer;
  const simulator = createSimulator(simulated);
  await simulator.listen();
  return {
    url: instance.url,
    key,
    api: createApi({ host: instance.url, key }),
    environmentId,
    instance,
    simulator,
    settings: { SYNCLINE_HOSTPORT: instance.url, SYNCLINE_SECRET_KEY_DEV: key },
    end: () => simulator.close(),
  };
}
