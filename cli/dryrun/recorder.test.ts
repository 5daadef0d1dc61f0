import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Entry, Fixture } from '@syncline/testing';
import { afterAll, expect, it } from 'vitest';
import { createGuestPool } from '../../core/runtime/host/guest-pool.ts';
import type { Calls } from './calls.ts';
import { dryRun } from './engine.ts';
import { createRecorder } from './recorder.ts';
import { recordingOf, replay } from './replay.ts';
import { saveRun } from './save-run.ts';
import { actionSource, answered, createTestProject, syncSource, testPlatform } from './test-project.ts';

const guests = createGuestPool({ size: 2 });
afterAll(() => guests.close());

const token = 'tok_5f2c9d1e7b3a4860';

async function record(source: string, calls: Calls, options: { emails?: boolean; input?: unknown } = {}) {
  const kind = source.includes('createSync') ? 'syncs' : 'actions';
  const project = createTestProject({ [`crm/${kind}/it.ts`]: source });
  const found = await project.find('it');
  const recorder = createRecorder(testPlatform(calls));
  const run = options.input === undefined ? {} : { input: { value: options.input } };
  const outcome = await dryRun(guests, { function: found, platform: recorder.platform, ...run });
  expect(outcome.failure).toBeUndefined();
  const fixture = recorder.toFixture(outcome, { run, secrets: [token], emails: options.emails ?? false });
  const saved = await saveRun(guests, { dir: project.dir, found, fixture });
  const text = readFileSync(path.join(project.dir, 'crm/tests/it.test.json'), 'utf8');
  return { ...project, found, saved, text, fixture: JSON.parse(text) as Fixture };
}

it('records every answer to a question, in turn, and replays them', async () => {
  let polls = 0;
  const { fixture, saved } = await record(
    actionSource(`
    const states: string[] = [];
    for (let i = 0; i < 3; i++) states.push((await nango.get<{ state: string }>({ endpoint: '/job' })).data.state);
    const form = await nango.post({ endpoint: '/form', data: { a: 1, b: 'x' }, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    const bytes = await nango.put({ endpoint: '/bytes', data: Buffer.from([0, 255]), params: 'a=1&b=2' });
    const file = await nango.get<Buffer>({ endpoint: '/file', responseType: 'arraybuffer' });
    const text = await nango.get({ endpoint: '/text' });
    const missing = await nango.get({ endpoint: '/gone' }).catch((error) => error.response.status);
    return { states, form: form.status, bytes: bytes.status, file: [...file.data], text: text.data, missing };`),
    {
      async http({ endpoint }) {
        if (endpoint === '/job') return answered({ state: ['new', 'busy', 'done'][polls++] });
        if (endpoint === '/file') return { ...answered(0), body: Buffer.from([9, 200, 255]) };
        if (endpoint === '/text') return { ...answered(0), body: Buffer.from('"quoted" text, no JSON') };
        return answered({}, endpoint === '/gone' ? 404 : 201);
      },
    },
  );
  expect(saved.problems).toEqual([]);
  expect(fixture.output).toMatchObject({ states: ['new', 'busy', 'done'], file: [9, 200, 255], missing: 404 });
  const api = fixture.api!;
  expect(api.get!['/job']).toMatchObject({
    response: { state: 'new' },
    sequence: [{ response: { state: 'busy' } }, {}],
  });
  // As the script passed them, so that the mocks of tests find them too.
  expect((api.post!['/form'] as Entry).request).toMatchObject({ data: { a: 1, b: 'x' } });
  expect((api.put!['/bytes'] as Entry).request).toMatchObject({ params: { a: '1', b: '2' }, data: 'AP8=' });
});

it('has no secret and no address in a recording, and the recording replays all the same', async () => {
  const { text, saved } = await record(
    actionSource(`
    const { credentials } = await nango.getConnection();
    const { access_token } = credentials as { access_token: string };
    const { data } = await nango.post<{ session_token: string; mail: string }>({ endpoint: '/login', data: { access_token, mail: input.mail } });
    await nango.get({ endpoint: '/me/' + data.session_token, params: { access_token }, headers: { 'X-Session': data.session_token } });
    return { mail: data.mail };`),
    {
      getConnection: async () => ({
        result: {
          connection_config: {},
          credentials: { type: 'OAUTH2', access_token: token },
          end_user: { email: 'ada@example.org' },
        },
      }),
      http: async ({ given }) => {
        const { mail } = ((given as { data?: { mail?: string } }).data ?? {}) as { mail?: string };
        return answered({ session_token: 'ses-0123456789abcdef', mail, echo: `Bearer ${token}` });
      },
    },
    { emails: true, input: { mail: 'ada@example.org' } },
  );
  expect(saved.problems).toEqual([]);
  for (const gone of [token, 'ses-0123456789abcdef', 'ada@', 'end_user']) expect(text).not.toContain(gone);
});

it('follows recorded pages, keeps the clock, and tells what a changed function does differently', async () => {
  const pages = `
    const since = new Date(Date.now() - 86_400_000).toISOString();
    for await (const page of nango.paginate<{ id: string }>({
      endpoint: '/tasks', params: { since }, paginate: { type: 'link', link_path_in_response_body: 'next', response_path: 'data' },
    })) await nango.batchSave(page, 'Task');
    await nango.batchDelete([{ id: 'old' }], 'Task');`;
  const { fixture, saved, found, dir, write, find } = await record(syncSource(pages), {
    http: async ({ endpoint }) => {
      const second = String(endpoint).includes('page=2');
      const url = `https://api.example.com/v2/tasks${second ? '?page=2' : ''}`;
      const page = second
        ? { data: [{ id: 'b' }] }
        : { data: [{ id: 'a' }], next: 'https://api.example.com/v2/tasks?page=2' };
      const answer = answered(page);
      return { ...answer, result: { ...answer.result, url } };
    },
  });
  expect(saved).toEqual({ written: ['crm/tests/it.test.json', 'crm/tests/it.test.ts'], problems: [] });
  expect(Object.keys(fixture.api!.get!)).toEqual(['/tasks', '/v2/tasks']);
  expect(JSON.stringify(fixture.api)).not.toContain('"host"');

  const recording = recordingOf(dir, found.entry)!;
  expect(await replay(guests, { function: found, recording })).toMatchObject({
    status: 'passed',
    requests: 2,
    unserved: [],
  });
  write({ 'crm/syncs/it.ts': syncSource(pages.replace("id: 'old'", "id: 'b'").replace('/tasks', '/tasks?all=1')) });
  expect(await replay(guests, { function: await find('it'), recording })).toMatchObject({
    status: 'failed',
    missing: ['GET /tasks'],
    unserved: ['GET /tasks', 'GET /v2/tasks'],
  });
  write({ 'crm/syncs/it.ts': syncSource(pages.replace("id: 'old'", "id: 'b'")) });
  expect(await replay(guests, { function: await find('it'), recording })).toMatchObject({
    problems: [
      'Task: 1 were recorded and not saved (b)',
      'Task: 1 were recorded as deleted and are not (old)',
      'Task: 1 were deleted and not recorded so (b)',
    ],
  });
});

it('finds recordings of the older form', async () => {
  const { dir, write, find } = createTestProject({
    'crm/actions/it.ts': actionSource("return (await nango.get({ endpoint: '/a/b' })).data;"),
  });
  const found = await find('it');
  expect(recordingOf(dir, found.entry)).toBeUndefined();
  write({
    'crm/mocks/it/input.json': '{}',
    'crm/mocks/it/output.json': '{"n":1}',
    'crm/mocks/nango/get/proxy/a/b/it.json': '{"n":1}',
  });
  expect(await replay(guests, { function: found, recording: recordingOf(dir, found.entry)! })).toMatchObject({
    status: 'passed',
  });
});
