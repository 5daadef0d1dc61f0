// One data folder through its lives: stopped, started, misconfigured.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instancePath } from '../../embedded/instance-file.ts';
import { startInstance } from './instance-process.ts';
import { beside, failedStart, type OneFolder, portAfter, startInOneFolder } from './one-folder.ts';
import { readRecords, runOnce } from './syncs.ts';
import { connect } from './system.ts';

let life: OneFolder;

beforeAll(async () => {
  life = await startInOneFolder(3221);
});

afterAll(() => life?.end());

it('tells in a sentence that its port is taken', async () => {
  const { code, sentence } = await failedStart(beside(life, 'third'));
  expect(code).toBe(1);
  expect(sentence).toMatch(
    new RegExp(`Port ${life.settings['SYNCLINE_PORT']} on 127\\.0\\.0\\.1 is in use: .*SYNCLINE_PORT`),
  );
});

it('refuses a second start on the same folder', async () => {
  const { code, sentence } = await failedStart({ ...life.settings, SYNCLINE_PORT: portAfter(life) });
  expect(code).toBe(1);
  expect(sentence).toMatch(/already runs on/);
});

it('stops within 10 s, goes on with the same keys, data and workflows, and not with a wrong encryption key', async () => {
  const before = {
    environments: life.instance.read().environments,
    records: await readRecords(connect(life.instance).api, life.place),
  };
  expect(before.records).toHaveLength(life.contacts);
  const { code, ms } = await life.instance.stop();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(existsSync(instancePath(life.settings.SYNCLINE_DATA))).toBe(false);

  const wrong = Buffer.alloc(32, 7).toString('base64');
  const refused = await failedStart({ ...life.settings, SYNCLINE_ENCRYPTION_KEY: wrong });
  expect(refused.code).toBe(1);
  expect(refused.sentence).toMatch(/SYNCLINE_ENCRYPTION_KEY|encryption key/);
  expect(refused.sentence).not.toContain(wrong);

  life.instance = await startInstance(life.settings);
  const { api } = connect(life.instance);
  expect(life.instance.read().environments).toEqual(before.environments);
  expect(await readRecords(api, life.place)).toEqual(before.records);
  const run = await runOnce(api, life.place);
  expect(run).toMatchObject({
    number: 2,
    state: 'succeeded',
    results: { Contact: { unchanged: life.contacts, added: 0 } },
  });
});
