import { expect, it } from 'vitest';
import { payloadOf } from './webhook-payload.ts';

const webhook = {
  method: 'POST',
  path: '/webhook/e/crm',
  headers: { 'x-event': 'deleted' },
  query: { a: '1' },
  rawBody: '{"id":7}',
  subscriptions: ['*'],
};

it('is the body itself, and answers in both styles', () => {
  const input = { id: 7 };
  const payload = payloadOf({ input, webhook }) as Record<string, unknown>;
  expect(payload).toBe(input);
  expect([payload['id'], payload['body'], payload['headers'], payload['query'], payload['rawBody']]).toEqual([
    7,
    input,
    { 'x-event': 'deleted' },
    { a: '1' },
    '{"id":7}',
  ]);
});

it('is stored and listed as it came', () => {
  const payload = payloadOf({ input: { id: 7 }, webhook }) as object;
  expect(JSON.stringify(payload)).toBe('{"id":7}');
  expect(Object.keys(payload)).toEqual(['id']);
  expect({ ...payload }).toEqual({ id: 7 });
});

it('keeps fields of its own, and what is no object', () => {
  expect(payloadOf({ input: { body: 'mine', query: null }, webhook })).toMatchObject({ body: 'mine', query: null });
  expect(payloadOf({ input: [1], webhook })).toEqual([1]);
  expect(payloadOf({ input: 'text', webhook })).toBe('text');
  expect(payloadOf({ input: null, webhook })).toBe(null);
});
