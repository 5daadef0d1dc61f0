import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import { installGlobalFetch } from '../egress/global-fetch.ts';
import type { TokenRequest } from './place-params.ts';
import { createSendTokenRequest } from './send-token-request.ts';

const simulator = createSimulator();
let egress: Egress;
let restore: () => void;
beforeAll(async () => {
  egress = createEgress({ allow: [new URL(await simulator.listen()).host], env: 'development' });
  restore = installGlobalFetch(egress);
});
afterAll(async () => {
  restore();
  await Promise.all([egress.close(), simulator.close()]);
});

const own = (): TokenRequest => ({
  url: `${simulator.url}/oauth/token`,
  method: 'POST',
  headers: {},
  body: 'grant_type=x',
});
const standard = (): TokenRequest => ({ ...own(), standard: { client: { id: 'i', secret: 's' }, refreshToken: 'r' } });
const ways = [
  ['our own request', own],
  ['arctic', standard],
] as const;

it.each(ways)('gives up at the deadline and closes the connection: %s', async (_name, request) => {
  simulator.faults.set([{ fault: 'no-answer' }]);
  const sending = createSendTokenRequest(egress)(request(), {
    session: 'c',
    deadlineMs: 200,
    now: Date.now,
    onAnswer: async () => {},
  });
  const startedAt = Date.now();
  await expect(sending).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(Date.now() - startedAt).toBeLessThan(2000);
});

it.each(ways)('goes nowhere that the guard forbids: %s', async (_name, request) => {
  const url = 'http://127.0.0.1:9999/token';
  const sending = createSendTokenRequest(egress)(
    { ...request(), url },
    { session: 'c', deadlineMs: 2000, now: Date.now, onAnswer: async () => {} },
  );
  await expect(sending).rejects.toMatchObject({ code: 'egress_denied' });
});

it.each(ways)('waits for the journal before it hands the answer on: %s', async (_name, request) => {
  simulator.faults.set([]);
  const order: string[] = [];
  const onAnswer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    order.push('journalled');
  };
  await createSendTokenRequest(egress)(request(), { session: 'c', deadlineMs: 2000, now: Date.now, onAnswer });
  order.push('handed on');
  expect(order).toEqual(['journalled', 'handed on']);
});
