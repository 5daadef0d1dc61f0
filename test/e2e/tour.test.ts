// The README's tour as it stands there, in this checkout, on an instance as `npm start` makes it: with its demo.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instancePath } from '../../embedded/instance-file.ts';
import { shellScript } from '../house/readme-parts.ts';
import { ownEnvironment } from './instance-process.ts';
import { readRecords, waitForRun } from './syncs.ts';
import { type System, startSystem } from './system.ts';
import { waitFor } from './wait-for.ts';

const root = join(import.meta.dirname, '..', '..');

let system: System;

beforeAll(async () => {
  system = await startSystem({ port: 3241, settings: { SYNCLINE_DEMO: '1' } });
  await waitFor('the demo is over', () => /Try next/.test(system.output()), { deadlineMs: 90_000 });
});

afterAll(() => system?.end());

it('runs without an error, and leaves what it says', async () => {
  // Another instance may have the usual port and folder: these two are all that is changed.
  const script = shellScript('tour')
    .replaceAll('http://127.0.0.1:3003', system.url)
    .replaceAll('./.syncline/instance.json', instancePath(system.settings.SYNCLINE_DATA));
  expect(script).not.toMatch(/3003|\.syncline/);
  const { code, output } = await runScript(script);
  expect(code, output).toBe(0);

  expect(output).toContain('✔ simulator/syncs/contacts.ts'); // of `syncline init`
  expect(output).toContain('✔ 2 unchanged, not deployed again'); // the demo was first, with the same bytes
  expect(output).toContain('"connection_id":"acme"');
  expect(output).toMatch(/acme +.*simulator|simulator +.*acme/); // the row of `syncline connections`
  expect(output).toContain('"_nango_metadata"');
  expect(output).toContain('"name":"Ada Lovelace"');
  const acme = { integration: 'simulator', connection: 'acme', sync: 'contacts' };
  expect(await waitForRun(system.api, acme, 1)).toMatchObject({ state: 'succeeded' });
  expect((await readRecords(system.api, acme)).length).toBeGreaterThanOrEqual(1_000);
});

it('is followed by hints that work', async () => {
  const hints = /Try next[^\n]*\n([\s\S]*?)\n\n/.exec(system.output())![1]!;
  const script = hints
    .split('\n')
    .filter((line) => !line.includes('Temporal'))
    .join('\n')
    .replaceAll('./.syncline/instance.json', instancePath(system.settings.SYNCLINE_DATA));
  const { code, output } = await runScript(script.replaceAll('curl ', 'curl -fsS '));
  expect(code, output).toBe(0);
  expect(output).toContain('"email":"ada@example.com"');
});

async function runScript(script: string): Promise<{ code: number | null; output: string }> {
  const env = ownEnvironment({ NO_COLOR: '1', SYNCLINE_DATA: system.settings.SYNCLINE_DATA });
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: root,
    env: { ...env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(shell, 'close');
  return { code: code as number | null, output };
}
