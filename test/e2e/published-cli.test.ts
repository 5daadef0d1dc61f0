// The published command line of the peer deploys, and what it deployed runs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contacts, openPublishedCli, type PublishedCli } from './published-cli.ts';
import { readRecords, waitForRun } from './syncs.ts';

let cli: PublishedCli;
beforeAll(async () => {
  cli = await openPublishedCli();
}, 400_000);
afterAll(() => cli?.end());

it('deploys, and what it deployed runs', async () => {
  const { code, output } = await cli.asDocumented();
  expect(code, output).toBe(0);
  for (const line of ['cards@v1.0.0', 'rename-card@v1.0.0', 'hello@v']) expect(output).toContain(line);
  const { data } = await cli.api.ok<{ data: object[] }>('GET', '/integrations/board/functions');
  expect(data).toMatchObject([
    { name: 'rename-card', type: 'action' },
    { name: 'hello', type: 'on-event', event: 'post-connection-creation' },
    { name: 'cards', type: 'sync', runs: 'every hour', returns: ['Card'] },
  ]);
  const place = { integration: 'board', connection: 'acme', sync: 'cards' };
  expect(await waitForRun(cli.api, place, 1)).toMatchObject({ state: 'succeeded' });
  const cards = await readRecords(cli.api, place, { model: 'Card' });
  expect(cards).toHaveLength(contacts);
  const [first] = cards;
  const renamed = await cli.api.call('POST', '/action/trigger', {
    headers: { 'provider-config-key': 'board', 'connection-id': 'acme' },
    body: { action_name: 'rename-card', input: { id: first!.id, title: 'Renamed' } },
  });
  expect(renamed).toEqual({ status: 200, body: { id: first!.id, title: 'Renamed' } });
});
