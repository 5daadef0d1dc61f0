// A system whose instance a test stops and starts on the same data folder: one connection, and its first run done.
import { deployFunctions } from './deploy.ts';
import { type InstanceProcess, type Settings, spawnInstance } from './instance-process.ts';
import { createIntegration, importConnection, type Place, waitForRun } from './syncs.ts';
import { type System, startSystem } from './system.ts';

export interface OneFolder extends Pick<System, 'settings' | 'simulator' | 'end'> {
  place: Place;
  contacts: number;
  /** The one that runs now. */
  instance: InstanceProcess;
}

export async function startInOneFolder(port: number): Promise<OneFolder> {
  const contacts = 60;
  const place: Place = { integration: 'crm', connection: 'acme', sync: 'copy-contacts' };
  const system = await startSystem({ port, simulator: { dataset: { count: contacts } } });
  const { api, settings, simulator } = system;
  const life: OneFolder = {
    place,
    contacts,
    settings,
    simulator,
    instance: system,
    async end() {
      await life.instance.stop();
      await system.end();
    },
  };
  try {
    await createIntegration(api, place.integration);
    await importConnection(api, { ...place, simulator });
    await deployFunctions(api, place.integration, ['syncs/copy-contacts', 'actions/behave']);
    await waitForRun(api, place, 1);
    return life;
  } catch (error) {
    await life.end();
    throw error;
  }
}

/** Settings for another instance beside it. */
export const beside = ({ settings }: OneFolder, name: string): OneFolder['settings'] => ({
  ...settings,
  SYNCLINE_DATA: `${settings.SYNCLINE_DATA}-${name}`,
});

export const portAfter = ({ settings }: OneFolder): string => String(Number(settings['SYNCLINE_PORT']) + 1);

/** A start that has to fail: its exit code, and what it told the person, without the steps on the way. */
export async function failedStart(
  wrong: Settings & { SYNCLINE_DATA: string },
): Promise<{ code: number | null; sentence: string }> {
  const failing = spawnInstance(wrong, { quiet: true });
  const code = await failing.exited;
  return { code, sentence: failing.output().trim().split('\n').at(-1) ?? '' };
}
