// What the action sends to Linear, and what its caller reads in each of the ways a mutation can fail.
import { NangoActionMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import action from '../actions/create-issue.js';

const recorded = { dirname: import.meta.dirname, name: 'create-issue', strict: true };
const input = { team_id: 'gone', title: 'Repaint stage two' };
const answering = (response: unknown, status = 200) =>
  new NangoActionMock({ ...recorded, fixture: { api: { post: { '/graphql': { response, status } } } } });

it('returns the issue that was created', async () => {
  const nango = new NangoActionMock(recorded);
  expect(await action.exec(nango, await nango.getInput())).toEqual(await nango.getOutput());
  expect(nango.unserved).toEqual([]);
});

it('tells an error in the words that Linear has for people', async () => {
  const extensions = { userError: true, userPresentableMessage: 'The team could not be found.' };
  const nango = answering({ data: null, errors: [{ message: 'Entity not found: Team', extensions }] });
  await expect(action.exec(nango, input)).rejects.toMatchObject({
    payload: { type: 'linear_error', message: 'The team could not be found.' },
  });
});

it('takes success: false for a failure', async () => {
  const nango = answering({ data: { issueCreate: { success: false, issue: null } } });
  await expect(action.exec(nango, input)).rejects.toMatchObject({ payload: { type: 'issue_not_created' } });
});

it('passes on what Linear says with a status', async () => {
  const nango = answering({ errors: [{ message: 'Rate limit exceeded', extensions: { code: 'RATELIMITED' } }] }, 400);
  await expect(action.exec(nango, input)).rejects.toMatchObject({ response: { status: 400 } });
});
