// What the action sends to Graph, and when it lets the request be repeated.
import { NangoActionMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import action from '../actions/create-event.js';

const recorded = { dirname: import.meta.dirname, name: 'create-event', strict: true };
const event = {
  subject: 'Launch',
  start: '2026-11-30T12:00:00',
  end: '2026-11-30T13:30:00',
  time_zone: 'Europe/Berlin',
};

it('returns the event that was created', async () => {
  const nango = new NangoActionMock(recorded);
  expect(await action.exec(nango, await nango.getInput())).toEqual(await nango.getOutput());
  expect(nango.unserved).toEqual([]);
});

it.each([
  ['launch', true],
  [undefined, false],
])('with the transaction id %s, may be repeated after a lost answer: %s', async (transaction_id, retryUnsafe) => {
  const response = { id: 'e1', webLink: 'https://outlook.office365.com/owa/?itemid=e1' };
  const fixture = { api: { post: { '/v1.0/me/events': { status: 201, response } } } };
  const nango = new NangoActionMock({ ...recorded, fixture });
  await action.exec(nango, { ...event, ...(transaction_id && { transaction_id }) });
  expect(nango.post.mock.lastCall).toMatchObject([{ retryUnsafe }]);
});

it('refuses an event that ends before it begins, without asking Graph', async () => {
  const nango = new NangoActionMock(recorded);
  await expect(action.exec(nango, { ...event, end: '2026-11-30T11:00:00' })).rejects.toMatchObject({
    payload: { type: 'invalid_period' },
  });
  expect(nango.post).not.toHaveBeenCalled();
});
