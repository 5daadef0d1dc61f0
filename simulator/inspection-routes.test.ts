import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from './index.ts';

const simulator = createSimulator({ auth: { requireAuth: false } });
beforeAll(async () => void (await simulator.listen()));
afterAll(() => simulator.close());

it('echoes 71 bytes to GET and the request to everything else', async () => {
  expect((await (await fetch(`${simulator.url}/echo`)).text()).length).toBe(71);
  const put = await fetch(`${simulator.url}/echo?a=1`, { method: 'PUT', headers: { 'x-mine': 'yes' }, body: 'hello' });
  expect(await put.json()).toMatchObject({
    method: 'PUT',
    url: '/echo?a=1',
    headers: { 'x-mine': 'yes' },
    body: 'hello',
  });
});

it('dumps bodies byte for byte, hashed when they are too large to show', async () => {
  const small = Buffer.from([0, 255, 10, 13]);
  const dump = async (body: Buffer<ArrayBuffer>) =>
    (await fetch(`${simulator.url}/dump`, { method: 'POST', body })).json();
  expect(await dump(small)).toMatchObject({ method: 'POST', bodyBase64: small.toString('base64') });
  const large = Buffer.alloc(20 * 1024 * 1024, 'x');
  const bodySha256 = createHash('sha256').update(large).digest('hex');
  expect(await dump(large)).toMatchObject({ bodyBytes: large.length, bodySha256 });
});

it('answers with the status asked for', async () => {
  const response = await fetch(`${simulator.url}/status?code=503&retry_after=7`);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
  expect((await fetch(`${simulator.url}/status?code=204`)).status).toBe(204);
  expect((await fetch(`${simulator.url}/status?code=1000`)).status).toBe(400);
});

it('redirects wherever it is told', async () => {
  const to = 'http://elsewhere.invalid/path';
  const response = await fetch(`${simulator.url}/redirect?code=307&to=${encodeURIComponent(to)}`, {
    redirect: 'manual',
  });
  expect([response.status, response.headers.get('location')]).toEqual([307, to]);
});

it('is as slow as asked', async () => {
  const startedAt = performance.now();
  await fetch(`${simulator.url}/slow?ms=120`);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
});

it('streams any number of bytes', async () => {
  const response = await fetch(`${simulator.url}/bytes?n=30000001`);
  let received = 0;
  for await (const chunk of response.body ?? []) received += (chunk as Uint8Array).length;
  expect(received).toBe(30_000_001);
});
