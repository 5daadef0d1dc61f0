// Every template as a user gets it: cloned, deployed, run against a provider that answers as its documentation says.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fixture } from '../../sdk/testing/src/index.ts';
import { type Api, errorOf } from '../conformance/api.ts';
import { functions, providers, readFixture } from '../templates/templates.ts';
import { runCli } from './deploy.ts';
import { type FixtureProvider, type Session, startFixtureProvider } from './fixture-provider.ts';
import { type InstanceProcess, startInstance } from './instance-process.ts';
import { readRecords, runOnce, type StoredRecord, waitForRun } from './syncs.ts';
import { connect, createFolder } from './system.ts';

const folder = createFolder();
const data = join(folder.path, 'data');
const settings = { SYNCLINE_DATA: data };
let provider: FixtureProvider;
let instance: InstanceProcess;
let api: Api;
const sessions = new Map<string, Session>();

const fixturesOf = (integration: string) =>
  functions.filter(({ providerConfigKey }) => providerConfigKey === integration).map(readFixture);

beforeAll(async () => {
  provider = await startFixtureProvider();
  instance = await startInstance({
    ...settings,
    SYNCLINE_PORT: '3291',
    SYNCLINE_ENV: 'test',
    SYNCLINE_EGRESS_TO: provider.url,
  });
  api = connect(instance).api;
  const project = join(folder.path, 'project');
  for (const name of providers) await succeed(['clone', name, '--dir', project]);
  for (const name of providers) await createIntegration(name);
  await succeed(['deploy', 'dev', '--auto-confirm', '--no-typecheck', '--dir', project]);
  for (const name of providers) await importConnection(name, fixturesOf(name));
});
afterAll(async () => {
  await instance?.stop();
  await provider?.close();
  folder.remove();
});

async function succeed(args: string[]): Promise<void> {
  const { code, output } = await runCli(args, settings);
  if (code !== 0) throw new Error(`syncline ${args[0]} ended with ${code}: ${output}`);
}

async function createIntegration(unique_key: string): Promise<void> {
  const credentials = { type: 'OAUTH2', client_id: 'client', client_secret: 'secret' };
  await api.ok('POST', '/integrations', { body: { provider: unique_key, unique_key, credentials } });
}

/** Its syncs start at once, so what they will ask for has to be there. */
async function importConnection(integration: string, fixtures: readonly Fixture[]): Promise<void> {
  sessions.set(integration, provider.play(integration, fixtures));
  const { connectionConfig, getMetadata } = Object.assign(
    {},
    ...fixtures.map(({ nango }) => nango),
  ) as Fixture['nango'] & object;
  await api.ok('POST', '/connections', {
    body: {
      provider_config_key: integration,
      connection_id: integration,
      credentials: { type: 'OAUTH2', access_token: `token-of-${integration}` },
      connection_config: { ...connectionConfigs[integration], ...connectionConfig },
      ...(getMetadata && { metadata: getMetadata }),
    },
  });
}

/** Which a popup would have brought; what is missing would be looked up. */
const connectionConfigs: Record<string, Record<string, string>> = {
  hubspot: { portalId: '62515' },
  jira: { accountId: '5b10a2844c20165700ede21g' },
  linear: { organizationId: '4c1d0b0e-5f0f-4d5e-9d7e-3a1c7b9e2f10' },
  salesforce: { instance_url: 'https://acme-labs.my.salesforce.com' },
  xero: { tenant_id: '70784a63-d24b-46a9-a4db-0e70a274b056' },
};

const place = (integration: string, sync: string) => ({ integration, connection: integration, sync });
const live = (records: StoredRecord[]) =>
  records
    .filter(({ _nango_metadata }) => _nango_metadata.deleted_at === null)
    .map(({ _nango_metadata, ...record }) => record);
const byId = (records: { id?: unknown }[]) => records.toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1));

const ofKind = (kind: string) => functions.filter((entry) => entry.kind === kind);

it.each(ofKind('sync'))('$path leaves the recorded records', async (entry) => {
  const { providerConfigKey: integration, name } = entry;
  const run = await waitForRun(api, place(integration, name), 1);
  expect(run, JSON.stringify(sessions.get(integration)?.unknown)).toMatchObject({ state: 'succeeded', error: null });
  for (const [model, expected] of Object.entries(readFixture(entry).nango?.batchSave ?? {})) {
    const records = await readRecords(api, { integration, connection: integration }, { model });
    expect(byId(live(records))).toEqual(byId(expected));
  }
});

const call = ({ providerConfigKey, name }: (typeof functions)[number], input: unknown) =>
  api.call('POST', '/action/trigger', {
    headers: { 'provider-config-key': providerConfigKey, 'connection-id': providerConfigKey },
    body: { action_name: name, input },
  });

it.each(ofKind('action'))('$path answers what is recorded', async (entry) => {
  const { input, output } = readFixture(entry);
  const { status, body } = await call(entry, input);
  expect(errorOf(body), JSON.stringify(sessions.get(entry.providerConfigKey)?.unknown)).toEqual({});
  expect({ status, body }).toEqual({ status: 200, body: output });
});

it.each(providers)('%s was asked for everything that is recorded and for nothing else', (integration) => {
  expect(sessions.get(integration)?.unknown).toEqual([]);
  expect(sessions.get(integration)?.unserved()).toEqual([]);
});

it('asks GitHub the next time only for what has changed, and changes nothing for what comes again', async () => {
  const [first] = fixturesOf('github').filter(({ input }) => input === undefined);
  const params = { state: 'all', sort: 'updated', direction: 'desc', per_page: '100' };
  const [again] = [first?.api?.get?.['/repositories/5501/issues']].flat();
  const session = provider.play('github', [
    {
      api: {
        get: {
          '/repos/acme-labs/rocket/issues': {
            request: { params: { ...params, since: '2026-11-20T11:00:00Z' } },
            response: again?.response,
          },
          '/repos/acme-labs/launch-pad/issues': { request: { params }, response: [] },
        },
      },
    },
  ]);
  const run = await runOnce(api, place('github', 'issues'));
  expect(session.unknown).toEqual([]);
  expect(run).toMatchObject({ state: 'succeeded', results: { GithubIssue: { added: 0, updated: 0, unchanged: 1 } } });
});

it('lays Outlook’s update over the message that it is about, and deletes what left the folder', async () => {
  const [fixture] = fixturesOf('microsoft').filter(({ input }) => input === undefined);
  const [message, other] = fixture?.nango?.batchSave?.['OutlookMessage'] ?? [];
  const value = [
    { '@odata.type': '#microsoft.graph.message', '@odata.etag': 'W/"2"', id: message.id, isRead: true },
    { '@odata.type': '#microsoft.graph.message', id: other.id, '@removed': { reason: 'deleted' } },
  ];
  const link = "https://graph.microsoft.com/v1.0/me/mailFolders('inbox')/messages/delta?$deltatoken=two";
  const answer = {
    request: { params: { $deltatoken: 'GwcBoTmPuoGNlgXgF1nyUNMXY' } },
    response: { '@odata.deltaLink': link, value },
  };
  const session = provider.play('microsoft', [
    { api: { get: { "/v1.0/me/mailFolders('inbox')/messages/delta": answer } } },
  ]);
  const run = await runOnce(api, place('microsoft', 'inbox-messages'));
  expect(session.unknown).toEqual([]);
  expect(run).toMatchObject({ state: 'succeeded', results: { OutlookMessage: { updated: 1, deleted: 1 } } });
  const records = live(
    await readRecords(api, { integration: 'microsoft', connection: 'microsoft' }, { model: 'OutlookMessage' }),
  );
  expect(records).toContainEqual({ ...message, isRead: true });
  expect(records).not.toContainEqual(expect.objectContaining({ id: other.id }));
});

it('tells the caller why Slack refused, in the words of the template', async () => {
  const [entry] = functions.filter(({ providerConfigKey }) => providerConfigKey === 'slack');
  provider.play('slack', [
    { api: { post: { '/chat.postMessage': { response: { ok: false, error: 'not_in_channel' } } } } },
  ]);
  const { status, body } = await call(entry!, { channel: 'C0LAUNCH01', text: 'Hello' });
  expect(status).toBe(500);
  expect(errorOf(body).payload).toEqual({
    type: 'not_in_channel',
    message: 'The app is not in this channel: invite it, or add the scope chat:write.public.',
  });
});
