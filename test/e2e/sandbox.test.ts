// A script that gives nothing back, in a whole instance: it is stopped all the same, and nobody else notices.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployFunctions } from './deploy.ts';
import { type BorrowedSystem, borrowSystem } from './join-system.ts';
import { command, createIntegration, importConnection, listRuns, type Place, runOnce, waitForRun } from './syncs.ts';
import { waitFor } from './wait-for.ts';

const place: Place = { integration: 'crm', connection: 'acme', sync: 'misbehave' };
let system: BorrowedSystem;

beforeAll(async () => {
  system = await borrowSystem('sandbox');
  const { api, simulator } = system;
  await createIntegration(api, place.integration);
  await importConnection(api, { ...place, simulator });
  await deployFunctions(api, place.integration, ['syncs/misbehave', 'actions/behave']);
});
afterAll(() => system?.end());

async function start(how: string): Promise<{ id: string; number: number }> {
  const { api } = system;
  await api.ok('POST', '/connections/metadata', {
    body: { provider_config_key: place.integration, connection_id: place.connection, metadata: { how } },
  });
  const before = (await listRuns(api, place))[0]?.number ?? 0;
  await command(api, 'trigger', place);
  return waitFor('the run begins', async () => {
    const [run] = await listRuns(api, place);
    return run!.number > before && run!.attempts > 0 ? run : undefined;
  });
}

it('a run that computes without end is cancelled within 5 seconds, beside actions that are answered', async () => {
  const { api } = system;
  const worker = system.pid('worker');
  const run = await start('spins');
  const from = performance.now();
  await api.ok('POST', `/runs/${run.id}/cancel`);
  const act = api.ok('POST', '/action/trigger', {
    headers: { 'provider-config-key': place.integration, 'connection-id': place.connection },
    body: { action_name: 'behave', input: { how: 'echoes' } },
  });
  expect(await waitForRun(api, place, run.number)).toMatchObject({ state: 'cancelled' });
  expect(performance.now() - from).toBeLessThan(5_000);
  await act;
  expect(system.pid('worker')).toBe(worker);
});

it('a run that eats memory ends by its heap’s limit, a setting, and the next one is none the worse', async () => {
  const run = await start('eats memory');
  expect(await waitForRun(system.api, place, run.number)).toMatchObject({
    state: 'failed',
    error: { type: 'function_runtime_out_of_memory', message: expect.stringContaining('128 MB') },
  });
  await system.api.ok('POST', '/connections/metadata', {
    body: {
      provider_config_key: place.integration,
      connection_id: place.connection,
      metadata: { how: 'saves poison' },
    },
  });
  expect(await runOnce(system.api, place)).toMatchObject({ state: 'succeeded' });
});

it('says on /ready what functions are kept from', async () => {
  const components = await waitFor('a guest of the API', async () => {
    const body = (await (await fetch(`${system.url}/ready`)).json()) as {
      components: { sandbox?: { detail: string } };
    };
    return body.components.sandbox;
  });
  expect(components).toEqual({ ok: true, detail: expect.stringMatching(/^Functions run /) });
});

it('lets its worker stop in time although it spins', async () => {
  const { id } = await start('spins');
  const killedAt = await system.kill('worker', 'SIGTERM');
  expect(Date.now() - killedAt).toBeLessThan(10_000);
  await system.api.ok('POST', `/runs/${id}/cancel`);
});
