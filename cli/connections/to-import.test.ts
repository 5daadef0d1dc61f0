import { expect, it } from 'vitest';
import { parseConnection, toImport } from './to-import.ts';

const answer = (changes: object) => ({
  id: 7,
  connection_id: 'c1',
  provider_config_key: 'github',
  provider: 'github',
  errors: [],
  end_user: null,
  tags: {},
  metadata: { plan: 'pro' },
  connection_config: {},
  webhook_url_override: null,
  created_at: '2026-01-01T00:00:00.000Z',
  credentials: {},
  ...changes,
});

const imported = (changes: object) => toImport(parseConnection(JSON.stringify(answer(changes)), 1));

it('takes what an import takes, and leaves what only an answer has', () => {
  const credentials = { type: 'OAUTH2', access_token: 'a', refresh_token: 'r', expires_at: null, raw: { scope: 'x' } };
  const end_user = {
    id: 'u1',
    email: 'u@example.com',
    display_name: null,
    tags: { a: 'b' },
    organization: { id: 'o', display_name: null },
  };
  expect(imported({ credentials, end_user, tags: { organization_id: 'o' } })).toEqual({
    provider_config_key: 'github',
    connection_id: 'c1',
    credentials: { type: 'OAUTH2', access_token: 'a', refresh_token: 'r' },
    metadata: { plan: 'pro' },
    connection_config: {},
    tags: { organization_id: 'o' },
    end_user: { id: 'u1', email: 'u@example.com', tags: { a: 'b' } },
  });
});

it('knows an installed app by its ids, and no credential at all as NONE', () => {
  expect(
    imported({
      credentials: { type: 'APP', access_token: 'short-lived', raw: {} },
      connection_config: { app_id: '1', installation_id: '2' },
    }),
  ).toMatchObject({ credentials: { type: 'APP', app_id: '1', installation_id: '2' } });
  expect(imported({})).toMatchObject({ credentials: { type: 'NONE' } });
});

it.each([
  ['{', 'Line 3 is no JSON.'],
  ['{"connection_id":"c1"}', 'Line 3 is no connection: provider_config_key'],
  ['[]', 'Line 3 is no connection'],
])('says which line is wrong: %s', (line, words) => {
  expect(() => parseConnection(line, 3)).toThrow(words);
});
