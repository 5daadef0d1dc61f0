// A call that the host of a worker answers and a dry run does not would fail functions only where nobody looks: here.
import { readdirSync } from 'node:fs';
import { jsonRecording } from '@syncline/testing/json-recording';
import { expect, it } from 'vitest';
import { openCassette } from './cassette-platform.ts';
import { openInstancePlatform } from './instance-platform.ts';
import type { Instance } from './instance-request.ts';
import { createRecordSink } from './record-calls.ts';
import { stateCalls } from './state-calls.ts';
import { createTimeline } from './timeline.ts';

const hostFolder = new URL('../../core/runtime/host/', import.meta.url);

/** Answers every question with itself: the factories of calls only take their parts from it. */
const anything: unknown = new Proxy(() => {}, {
  get: (_target, name) => (name === Symbol.toPrimitive ? () => 'x' : anything),
  apply: () => anything,
});

/** Names of all calls that `core/runtime/host` answers, whatever files they are in. */
async function hostCalls(): Promise<string[]> {
  const files = readdirSync(hostFolder).filter((file) => /-calls\.ts$/.test(file) && file !== 'handle-calls.ts');
  const names: string[] = [];
  for (const file of files) {
    const module = (await import(new URL(file, hostFolder).href)) as Record<string, unknown>;
    for (const [name, make] of Object.entries(module)) {
      if (!/Calls$/.test(name) || typeof make !== 'function') continue;
      names.push(...Object.keys(make(anything, anything) as object));
    }
  }
  return [...new Set(names)];
}

it('answers whatever a worker answers, from an instance and from a recording', async () => {
  const asked = await hostCalls();
  expect(asked).toEqual(
    expect.arrayContaining(['http', 'batchSave', 'getConnection', 'saveCheckpoint', 'tryAcquireLock']),
  );
  expect(asked.length).toBeGreaterThan(25);
  const timeline = createTimeline();
  const cassette = openCassette(jsonRecording({}), { integration: 'crm', pagination: undefined });
  const { calls: records } = createRecordSink({ timeline, resumed: false });
  const state = stateCalls({ checkpoint: null, metadata: {} }, cassette, timeline);
  const answered = (calls: object) => new Set(Object.keys({ ...calls, ...state, ...records }));
  const offline = answered(cassette.calls);
  expect(asked.filter((name) => !offline.has(name))).toEqual([]);
  const live = answered(
    (await openInstancePlatform(anyInstance, { environment: 'dev', integration: 'crm', connection: 'acme' })).calls,
  );
  expect(asked.filter((name) => !live.has(name))).toEqual([]);
});

/** Enough of one to be opened. */
const anyInstance: Instance = {
  json: async ({ path }) => {
    if (path.startsWith('/environment-variables')) return [];
    return path.startsWith('/connections/') ? { provider: 'acme-crm', credentials: {} } : { data: {} };
  },
  send: () => Promise.reject(new Error('nothing is asked')),
  close: () => {},
};
