// docs/auth-modes.md as it stands there: every mode has a section, and each of its requests is taken.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { authModes } from '../../providers/auth-modes.ts';
import { type AuthLab, openAuthLab } from './auth-lab.ts';
import { modes, privateKey } from './auth-mode-table.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'auth-modes.md'), 'utf8');
const requests = [...page.matchAll(/^```http\nPOST (\S+)\n([\s\S]*?)^```$/gm)].map(([, path = '', body = '']) => ({
  path,
  body: JSON.parse(body) as Record<string, unknown>,
}));
const [setUps, entered] = [
  requests.filter(({ path }) => path === '/integrations'),
  requests.filter(({ path }) => path !== '/integrations'),
];

let lab: AuthLab;

beforeAll(async () => {
  lab = await openAuthLab('auth-modes-page');
});
beforeEach(() => lab.reset());
afterAll(() => lab?.end());

it('has a row and a section with a request for every mode', () => {
  for (const mode of authModes) expect(page).toContain(`| [\`${mode}\`](#${mode.toLowerCase()})`);
  const sections = page.split(/^### /m).slice(1);
  expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual([...authModes].sort());
  for (const section of sections) expect(section).toContain('```http\nPOST /');
});

it.each(setUps.map(({ body }) => [String(body['unique_key']), body] as const))('sets up %s', async (_key, body) => {
  const secrets = JSON.stringify(body).replaceAll(
    '-----BEGIN RSA PRIVATE KEY-----…',
    privateKey.replaceAll('\n', '\\n'),
  );
  await lab.system.api.ok('POST', '/integrations', { body: JSON.parse(secrets) });
});

it.each(entered.map(({ path, body }) => [path, body] as const))('connects by %s', async (path, body) => {
  const mode = modes.find(({ endpoint }) => path === `${endpoint}/{integration}`);
  if (!mode) throw new Error(`Nothing plays ${path}.`);
  const values = mode.body();
  // The page's names with values that the simulator knows.
  const filled = Object.entries(body).map(([name, value]) => [name, value === '…' ? values[name] : value]);
  await lab.connect(mode, { body: Object.fromEntries(filled) });
});
