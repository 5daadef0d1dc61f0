import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator, sendWebhook } from './index.ts';

// Another simulator is the receiver: its request log shows what arrived.
const receiver = createSimulator({ auth: { requireAuth: false } });
beforeAll(async () => void (await receiver.listen()));
afterAll(() => receiver.close());
beforeEach(() => receiver.reset());

const body = { event: 'contact.updated', name: 'Zoë' };
const sign = (text: string) => createHmac('sha256', 'key').update(text);
const arrived = () => receiver.requests.list().map((entry) => entry.headers);

it('signs by Standard Webhooks, also with a whsec_ secret', async () => {
  const secret = `whsec_${Buffer.from('key').toString('base64')}`;
  await sendWebhook({ url: `${receiver.url}/echo`, body, secret, id: 'evt_1' });
  const [headers] = arrived();
  const signature = sign(`evt_1.${headers?.['webhook-timestamp']}.${JSON.stringify(body)}`).digest('base64');
  expect(headers).toMatchObject({ 'webhook-id': 'evt_1', 'webhook-signature': `v1,${signature}` });
});

it('signs as GitHub, Stripe and Slack do', async () => {
  for (const scheme of ['github', 'stripe', 'slack'] as const) {
    await sendWebhook({ url: `${receiver.url}/echo`, body, scheme, secret: 'key' });
  }
  const content = JSON.stringify(body);
  const [github, stripe, slack] = arrived();
  expect(github?.['x-hub-signature-256']).toBe(`sha256=${sign(content).digest('hex')}`);
  const at = slack?.['x-slack-request-timestamp'];
  expect(slack?.['x-slack-signature']).toBe(`v0=${sign(`v0:${at}:${content}`).digest('hex')}`);
  const [, time] = /^t=(\d+),/.exec(String(stripe?.['stripe-signature'])) ?? [];
  expect(stripe?.['stripe-signature']).toBe(`t=${time},v1=${sign(`${time}.${content}`).digest('hex')}`);
});

it('sends twice with one id, wrongly signed, and reports what the receiver said', async () => {
  const good = sign(JSON.stringify(body)).digest('hex');
  const sending = { url: `${receiver.url}/status?code=503`, body, scheme: 'github', secret: 'key' } as const;
  expect((await sendWebhook({ ...sending, times: 2, badSignature: true })).map(({ status }) => status)).toEqual([
    503, 503,
  ]);
  const [first, second] = arrived();
  expect(first?.['x-github-delivery']).toBe(second?.['x-github-delivery']);
  expect(first?.['x-hub-signature-256']).not.toContain(good);
});

it('does not throw when nobody listens', async () => {
  expect(await sendWebhook({ url: 'http://127.0.0.1:1/', body })).toMatchObject([{ status: 0 }]);
});
