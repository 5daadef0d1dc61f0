// The README's claims that a machine can check: its commands parse, its table follows from core/config, its links lead somewhere.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from '../../core/config/variables.ts';
import { readme, readmePart, renderVariables, shellScript } from './readme-parts.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
];

it('lists every variable of the server with its default, and no other', () => {
  expect(readmePart('variables')).toBe(renderVariables(variables));
});

it('begins with the two commands', () => {
  expect(readme).toContain('```sh\nnpm ci && npm start\n```');
  expect(readme).toContain('```sh\nnpm ci && npm test\n```');
});

describe('its shell blocks', () => {
  it.each(['tour', 'compose-env'])('of the part %s are a script that bash can read', (part) => {
    const script = shellScript(part);
    expect(script.length).toBeGreaterThan(200);
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('of the tour show each thing once: project, deploy, import, trigger, records, proxy, action', () => {
    const script = shellScript('tour');
    const steps = [
      'syncline init',
      'syncline deploy',
      '/connections"',
      '/sync/trigger',
      '/records?',
      '/proxy/',
      '/action/trigger',
    ];
    for (const step of steps) expect(script.split(step), step).toHaveLength(2);
  });
});

it('names only folders that exist', () => {
  const folders = [...readme.matchAll(/^\| (`[a-z`, /]+\/`) +\|/gm)].flatMap(
    ([, cell]) => cell!.match(/[a-z]+(?=\/)/g) ?? [],
  );
  expect(folders).toContain('core');
  expect(folders.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
});

it.each(pages)('%s links only to files and headings that exist', (page) => {
  const broken = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].filter(
    ([, path, heading]) => {
      const file = path ? join(root, dirname(page), path) : join(root, page);
      if (!existsSync(file)) return true;
      return heading !== undefined && !headings(readFileSync(file, 'utf8')).includes(heading);
    },
  );
  expect(broken.map(([link]) => link)).toEqual([]);
});

/** As GitHub makes anchors. */
const headings = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
