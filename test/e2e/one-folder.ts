// An instance with a data folder of its own, that a test stops and starts: one connection, and its first run done.
import { join } from 'node:path';
import { createSimulator, type Simulator } from '../../simulator/index.ts';
import { deployFunctions } from './deploy.ts';
import { type InstanceProcess, type Settings, spawnInstance, startInstance } from './instance-process.ts';
import { createIntegration, importConnection, type Place, waitForRun } from './syncs.ts';
import { connect, createFolder } from './system.ts';

export interface OneFolder {
  place: Place;
  contacts: number;
  settings: Settings & { SYNCLINE_DATA: string };
  /** Where other instances may keep theirs. */
  path: string;
  simulator: Simulator;
  /** The one that runs now. */
  instance: InstanceProcess;
  end(): Promise<void>;
}

export async function startInOneFolder(port: number): Promise<OneFolder> {
  const folder = createFolder();
  const contacts = 60;
  const place: Place = { integration: 'crm', connection: 'acme', sync: 'copy-contacts' };
  const simulator = createSimulator({ dataset: { count: contacts } });
  await simulator.listen();
  const settings = {
    SYNCLINE_DATA: join(folder.path, 'first'),
    SYNCLINE_PORT: String(port),
    SYNCLINE_ALLOW_EGRESS: new URL(simulator.url).host,
  };
  const life: OneFolder = {
    place,
    contacts,
    settings,
    path: folder.path,
    simulator,
    instance: await startInstance(settings),
    async end() {
      await life.instance.stop();
      await simulator.close();
      folder.remove();
    },
  };
  const { api } = connect(life.instance);
  await createIntegration(api, place.integration);
  await importConnection(api, { ...place, simulator });
  await deployFunctions(api, place.integration, ['syncs/copy-contacts', 'actions/behave']);
  await waitForRun(api, place, 1);
  return life;
}

/** A start that has to fail: its exit code, and what it told the person, without the steps on the way. */
export async function failedStart(
  wrong: Settings & { SYNCLINE_DATA: string },
): Promise<{ code: number | null; sentence: string }> {
  const failing = spawnInstance(wrong, { quiet: true });
  const code = await failing.exited;
  return { code, sentence: failing.output().trim().split('\n').at(-1) ?? '' };
}
