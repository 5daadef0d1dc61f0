// Functions that log, save and throw the credential of their connection by mistake: an action, one that is not waited for, a sync.

import { errorOf } from '../conformance/api.ts';
import { deployFunctions } from '../e2e/deploy.ts';
import { runOnce } from '../e2e/syncs.ts';
import { waitFor } from '../e2e/wait-for.ts';
import { note, type Trail } from './canary-world.ts';

/** Of the action. Each says `harmless` in its log. */
export const callCount = 5;

/** @returns what did not run as it should */
export async function runTellingFunctions(trail: Trail, harmless: string): Promise<string[]> {
  const { world, canaries } = trail;
  const { api } = world;
  const failed: string[] = [];
  const variables = [{ name: 'SECRET', value: canaries.make('variable') }];
  await api.ok('PUT', '/environment-variables', { body: { variables } });
  await api.ok('PUT', '/environment-variables/SECRET_TOO', { body: { value: canaries.make('other variable') } });
  const sync = 'tell-secrets-too';
  await deployFunctions(api, 'simulator-api-key', ['actions/tell-secrets', `syncs/${sync}`]);
  await deployFunctions(api, 'simulator', ['actions/tell-secrets']);

  const call = (integration: string, connection: string, more: object, headers: Record<string, string> = {}) =>
    api.call('POST', '/action/trigger', {
      headers: { 'provider-config-key': integration, 'connection-id': connection, ...headers },
      body: {
        action_name: 'tell-secrets',
        input: { harmless, note: canaries.make(`input of an action ${canaries.size}`), ...more },
      },
    });
  const key = ['simulator-api-key', 'simulator-api-key'] as const;
  const { connections } = await api.ok<{ connections: { connection_id: string }[] }>('GET', '/connections', {
    query: { integrationId: 'simulator' },
  });
  const popup = connections.find(({ connection_id: id }) => id !== 'simulator')!.connection_id;
  for (const answer of [await call(...key, {}), await call('simulator', popup, {})])
    if (answer.status !== 200) failed.push(`action: ${answer.status} ${JSON.stringify(answer.body)}`);
  const thrown = await call(...key, { fails: true });
  if (errorOf(thrown.body).code !== 'script_internal_error') failed.push(`failing action: ${JSON.stringify(thrown)}`);
  note(trail, thrown);
  for (const more of [{}, { fails: true }]) {
    const accepted = await call(...key, more, { 'x-async': 'true' });
    const { statusUrl } = accepted.body as { statusUrl: string };
    await waitFor(
      'the action ends',
      async () => errorOf((await api.call('GET', statusUrl)).body).code !== 'in_progress',
    );
  }
  const run = await runOnce(api, { integration: key[0], connection: key[1], sync });
  if (run.state !== 'failed') failed.push(`sync: ${run.state}`);
  trail.refusals.push(JSON.stringify(run));
  await waitFor('all operations are in the log, with their ends', async () => {
    const { data } = await api.ok<{ data: { ended_at: string | null }[] }>('GET', '/logs', {
      query: { types: 'action,sync', limit: '100' },
    });
    return data.length >= callCount + 1 && data.every(({ ended_at }) => ended_at !== null);
  });
  return failed;
}
