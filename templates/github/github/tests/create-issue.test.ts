// What the action sends to GitHub, and what its caller reads when that refuses.
import { NangoActionMock } from '@syncline/testing';
import { expect, it } from 'vitest';
import action from '../actions/create-issue.js';

const recorded = { dirname: import.meta.dirname, name: 'create-issue', strict: true };
const input = { repository: 'acme-labs/rocket', title: 'Paint is flaking' };

it('returns the issue that was opened', async () => {
  const nango = new NangoActionMock(recorded);
  expect(await action.exec(nango, await nango.getInput())).toEqual(await nango.getOutput());
  expect(nango.unserved).toEqual([]);
});

it.each([
  [404, { message: 'Not Found' }, 'repository_not_found'],
  [410, { message: 'Issues are disabled for this repo' }, 'issues_disabled'],
])('tells a %i by a type of its own', async (status, response, type) => {
  const fixture = { api: { post: { '/repos/acme-labs/rocket/issues': { status, response } } } };
  const nango = new NangoActionMock({ ...recorded, fixture });
  await expect(action.exec(nango, input)).rejects.toMatchObject({ name: 'ActionError', payload: { type } });
});

it('passes on what else GitHub says', async () => {
  const response = {
    message: 'Validation Failed',
    errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }],
  };
  const fixture = { api: { post: { '/repos/acme-labs/rocket/issues': { status: 422, response } } } };
  const nango = new NangoActionMock({ ...recorded, fixture });
  await expect(action.exec(nango, input)).rejects.toMatchObject({ response: { status: 422, data: response } });
});

it.each(['../user', 'acme-labs/..', 'acme-labs/rocket/pulls'])('asks nothing for the path %s', async (repository) => {
  const nango = new NangoActionMock(recorded);
  await expect(action.exec(nango, { ...input, repository })).rejects.toMatchObject({
    payload: { issues: [{ path: ['repository'] }] },
  });
  expect(nango.post).not.toHaveBeenCalled();
});
