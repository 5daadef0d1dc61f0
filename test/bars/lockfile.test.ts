import { expect, it } from 'vitest';
import { judgeLockfile, type Locked } from './lockfile.ts';

const good: Locked = { version: '1.0.0', integrity: 'sha512-AAAA' };
const judge = (entry: Locked, root: Locked = {}) =>
  judgeLockfile({ packages: { '': root, 'node_modules/a': entry } }, new Set(['decided'])).violations;

it('finds nothing in a package of the registry with a SHA-512', () => {
  expect(judge(good)).toEqual([]);
});

it.each([
  ['no integrity', { version: '1.0.0' }],
  ['a weak one', { ...good, integrity: 'sha1-AAAA' }],
  ['another source', { ...good, resolved: 'git+ssh://git@example.com/a.git#abc' }],
  ['an install script nobody decided upon', { ...good, hasInstallScript: true }],
  ['a dependency from elsewhere', { ...good, dependencies: { b: 'github:someone/b' } }],
])('finds %s', (_what, entry) => {
  expect(judge(entry)).toHaveLength(1);
});

it.each(['someone/b', 'https://example.com/b.tgz', 'git+https://example.com/b', 'file:../b'])(
  'finds a dependency of our own on %s',
  (wanted) => {
    expect(judge(good, { devDependencies: { b: wanted } })).toHaveLength(1);
  },
);

it.each(['^1.2.3', '1.x', 'npm:c@1.0.0', '*', '>=1 <2 || 3'])('lets the range %s pass', (wanted) => {
  expect(judge(good, { dependencies: { b: wanted } })).toEqual([]);
});

it('counts direct dependencies of the root and the workspaces once, ours not at all', () => {
  const packages = {
    '': { dependencies: { a: '1.0.0', b: '1.0.0' } },
    cli: { dependencies: { a: '1.0.0', '@syncline/functions': '0.1.0' } },
    'node_modules/a': { ...good, dependencies: { c: '1.0.0' } },
  };
  expect(judgeLockfile({ packages }, new Set()).directProduction).toEqual(['a', 'b']);
});
