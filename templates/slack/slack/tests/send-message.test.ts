// What the action sends to Slack, and what its caller reads when Slack says `ok: false`.
import { NangoActionMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import action from '../actions/send-message.js';

const recorded = { dirname: import.meta.dirname, name: 'send-message', strict: true };

it('returns where the message stands', async () => {
  const nango = new NangoActionMock(recorded);
  expect(await action.exec(nango, await nango.getInput())).toEqual(await nango.getOutput());
  expect(nango.unserved).toEqual([]);
});

it.each([
  ['not_in_channel', 'The app is not in this channel: invite it, or add the scope chat:write.public.'],
  ['restricted_action', 'Slack refused the message: restricted_action.'],
])('takes a 200 with the error %s for a refusal', async (error, message) => {
  const fixture = { api: { post: { '/chat.postMessage': { response: { ok: false, error } } } } };
  const nango = new NangoActionMock({ ...recorded, fixture });
  await expect(action.exec(nango, { channel: 'C0LAUNCH01', text: 'Hello' })).rejects.toMatchObject({
    payload: { type: error, message },
  });
});
