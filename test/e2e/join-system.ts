// What a file needs that has no settings of its own: an environment on one of the run's instances, a simulated provider in this
// process, and the API with a key.
import { randomBytes } from 'node:crypto';
import type { Instance } from '../../embedded/instance-file.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.ts';
import { type Api, createApi } from '../conformance/api.ts';
import { openInstance, type RunningInstance, type Settings } from './instance-process.ts';
import { type Offer, variables } from './shared-instance.ts';

export interface SharedSystem {
  url: string;
  key: string;
  api: Api;
  environmentId: string;
  environmentName: string;
  instance: Instance;
  dataDir: string;
  simulator: Simulator;
  /** With these the command line takes the environment for `dev`. */
  settings: Settings;
  /** The instance goes on. */
  end(): Promise<void>;
}

/** For a file that leaves the instance's processes alone. @param name of the environment; something is added to it */
export async function joinSystem(name: string, simulated: SimulatorOptions = {}): Promise<SharedSystem> {
  const answer = await ask('shared', name);
  return connect((await answer.json()) as Offer, await startSimulator(simulated));
}

export type BorrowedSystem = SharedSystem & RunningInstance;

/** For a file that kills or watches the instance's processes: nobody else has it before `end`. */
export async function borrowSystem(name: string, simulated: SimulatorOptions = {}): Promise<BorrowedSystem> {
  const loan = new AbortController();
  const answer = await ask('lent', name, loan.signal);
  const { value } = await answer.body!.getReader().read();
  const offer = JSON.parse(Buffer.from(value!).toString()) as Offer;
  const system = connect(offer, await startSimulator(simulated));
  return {
    ...system,
    ...openInstance(offer.dataDir),
    async end() {
      await system.end();
      loan.abort();
    },
  };
}

/** All that the shared instance's processes have printed. */
export async function readSharedOutput(): Promise<string> {
  return await (await fetch(`${process.env[variables.address]}/output/shared`)).text();
}

async function ask(which: 'shared' | 'lent', name: string, signal?: AbortSignal): Promise<Response> {
  const environment = `${name}-${randomBytes(3).toString('hex')}`;
  const answer = await fetch(`${process.env[variables.address]}/${which}/${environment}`, {
    ...(signal && { signal }),
  });
  if (!answer.ok) throw new Error(`The ${which} instance: ${await answer.text()}`);
  return answer;
}

async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const simulator = createSimulator(options);
  await simulator.listen();
  return simulator;
}

const connect = ({ instance, dataDir, environment, key }: Offer, simulator: Simulator): SharedSystem => ({
  url: instance.url,
  key,
  api: createApi({ host: instance.url, key }),
  environmentId: environment.id,
  environmentName: environment.name,
  instance,
  dataDir,
  simulator,
  settings: { SYNCLINE_HOSTPORT: instance.url, SYNCLINE_SECRET_KEY_DEV: key },
  end: () => simulator.close(),
});
