// Loading: overlays, aliases, search, and errors that say file, place and what to do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CatalogueError } from './catalogue-error.ts';
import { loadCatalogue } from './load.ts';

let overlayDir: string;

beforeEach(() => {
  overlayDir = mkdtempSync(join(tmpdir(), 'syncline-catalogue-'));
});

afterEach(() => rmSync(overlayDir, { recursive: true }));

const write = (fileName: string, text: string) => writeFileSync(join(overlayDir, fileName), text);

function problemsOf(options = { overlayDir }) {
  try {
    loadCatalogue(options);
  } catch (cause) {
    if (cause instanceof CatalogueError) return cause.problems.map(({ path, message }) => `${path}: ${message}`);
    throw cause;
  }
  return [];
}

it('adds an overlay entry to ours, unchanged but for name and logo', () => {
  write(
    'fake-api.yaml',
    `display_name: Fake API
categories: [other]
auth_mode: API_KEY
proxy:
  base_url: 'http://203.0.113.10:13100'
  headers: { authorization: 'Bearer \${apiKey}' }
  paginate: { type: link, link_rel_in_response_header: next, response_path: '', limit_name_in_request: limit }
credentials:
  apiKey: { type: string, title: API Key, description: Your API Key }
`,
  );
  const catalogue = loadCatalogue({ overlayDir, publicUrl: 'https://syncline.example/' });
  expect(catalogue.get('fake-api')).toEqual({
    display_name: 'Fake API',
    categories: ['other'],
    auth_mode: 'API_KEY',
    proxy: {
      base_url: 'http://203.0.113.10:13100',
      headers: { authorization: 'Bearer ${apiKey}' },
      paginate: {
        type: 'link',
        link_rel_in_response_header: 'next',
        response_path: '',
        limit_name_in_request: 'limit',
      },
    },
    credentials: { apiKey: { type: 'string', title: 'API Key', description: 'Your API Key' } },
    name: 'fake-api',
    logo_url: 'https://syncline.example/images/providers/fake-api.svg',
  });
  expect(catalogue.get('github')).toBeDefined();
});

it.each([
  'https://${connectionConfig.hostname} || https://amplitude.com',
  'https://${connectionConfig.subdomain}.zendesk.com',
  'https://${connectionConfig.organizationUrl}',
  '${connectionConfig.base_url}',
])('loads an overlay entry without `variables` or forms: %s', (baseUrl) => {
  write('x.yaml', JSON.stringify({ display_name: 'X', auth_mode: 'OAUTH2', proxy: { base_url: baseUrl } }));
  expect(loadCatalogue({ overlayDir }).get('x')?.proxy?.base_url).toBe(baseUrl);
});

it('replaces an entry of the same name whole', () => {
  write('github.yaml', 'display_name: Mine\nauth_mode: NONE\n');
  const github = loadCatalogue({ overlayDir }).get('github');
  expect(github).toMatchObject({ display_name: 'Mine', auth_mode: 'NONE' });
  expect(github?.proxy).toBeUndefined();
});

it('changes the covered entry when an overlay entry names itself as alias', () => {
  write('github.yaml', 'alias: github\ndisplay_name: GitHub Enterprise\n');
  const github = loadCatalogue({ overlayDir }).get('github');
  expect(github).toMatchObject({ display_name: 'GitHub Enterprise', auth_mode: 'OAUTH2' });
  expect(github).not.toHaveProperty('alias');
});

it('replaces nested objects of an alias whole', () => {
  write('mine.yaml', 'alias: github\ndisplay_name: Mine\nproxy: { base_url: "https://api.example.com" }\n');
  expect(loadCatalogue({ overlayDir }).get('mine')?.proxy).toEqual({ base_url: 'https://api.example.com' });
});

it('tells all problems of all files at once, with their place', () => {
  write('a.yaml', 'display_name: A\nauth_mode: OAUTH3\nproxy: { base_ur: x }\n');
  write('b.yaml', 'display_name: [unclosed\n');
  write('c.yaml', 'alias: nowhere\ndisplay_name: C\n');
  write('d.yaml', 'alias: e\n');
  write('e.yaml', 'alias: d\n');
  write('Bad Name.yaml', 'display_name: F\nauth_mode: NONE\n');
  write('g.yaml', '');
  const problems = problemsOf();
  expect(problems).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^auth_mode: Invalid option/),
      expect.stringMatching(/^proxy\.base_ur: unknown key; correct its spelling/),
      expect.stringMatching(/^: no valid YAML/),
      expect.stringMatching(/^alias: names "nowhere", which does not exist/),
      expect.stringMatching(/^alias: leads in a circle: d -> e -> d/),
      expect.stringMatching(/^: the file name is the provider name/),
      expect.stringMatching(/^: is empty or no mapping/),
    ]),
  );
  expect(() => loadCatalogue({ overlayDir })).toThrow(new RegExp(`- ${join(overlayDir, 'a.yaml')}: auth_mode: `));
});

it('refuses placeholders that do not exist and patterns that do not compile', () => {
  write(
    'a.yaml',
    `display_name: A
auth_mode: API_KEY
credentials: { apiKey: { type: string, title: Key, pattern: '(' } }
proxy: { base_url: 'https://a.example', headers: { authorization: 'Bearer \${apikey}' } }
`,
  );
  expect(problemsOf()).toEqual([
    'credentials.apiKey.pattern: is no regular expression: (',
    'proxy.headers.authorization: ${apikey} is no placeholder; providers/README.md lists them',
  ]);
});

it('refuses a YAML bomb instead of expanding it', () => {
  const levels = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    const [name, before] = [String.fromCharCode(97 + level), String.fromCharCode(96 + level)];
    levels.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
  }
  write('bomb.yaml', levels.join('\n'));
  expect(problemsOf()).toEqual([expect.stringMatching(/alias/i)]);
});

it('says which folder is missing', () => {
  expect(problemsOf({ overlayDir: join(overlayDir, 'gone') })).toEqual([
    expect.stringMatching(/cannot read this folder/),
  ]);
});

it('finds providers by a part of name or display name, in any case', () => {
  const catalogue = loadCatalogue();
  expect(catalogue.list('GITHUB').map(({ name }) => name)).toEqual(['github', 'github-app', 'github-pat']);
  expect(catalogue.list('gmail').map(({ name }) => name)).toEqual(['google-mail']);
  expect(catalogue.list('zzzzzz')).toEqual([]);
});

it('serves one JSON object by name, whose ETag changes with it', () => {
  const plain = loadCatalogue();
  expect(Object.keys(JSON.parse(plain.json()))).toEqual(plain.list().map(({ name }) => name));
  expect(loadCatalogue().etag).toBe(plain.etag);
  write('github.yaml', 'alias: github\ndisplay_name: Other\n');
  expect(loadCatalogue({ overlayDir }).etag).not.toBe(plain.etag);
});

it('hands out entries that nobody can change', () => {
  const github = loadCatalogue().get('github');
  expect(() => Object.assign(github?.proxy?.headers ?? {}, { authorization: 'mine' })).toThrow(TypeError);
});
