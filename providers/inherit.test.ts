// What an entry takes from another: whole keys by `alias`, into the depth by `extends`.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inherit, layOver } from './inherit.ts';

type Raw = Record<string, unknown>;

const named = (values: Record<string, Raw>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, { file: `${name}.yaml`, value }]));

const family = {
  auth_mode: 'OAUTH2',
  scopes: ['a'],
  proxy: { headers: { accept: 'x', version: '1' }, retry: { at: 'r' } },
};

it('merges mappings into the depth, replaces lists and text, and drops what is null', () => {
  const own = { extends: '_acme', scopes: ['b'], proxy: { headers: { version: '2' }, retry: null } };
  expect(inherit('acme-mail', named({ _acme: family, 'acme-mail': own }))).toEqual({
    value: { auth_mode: 'OAUTH2', scopes: ['b'], proxy: { headers: { accept: 'x', version: '2' } } },
  });
});

it('keeps a null that nothing was inherited for, so that a misspelt key is found', () => {
  const own = { extends: '_acme', proxy: { retyr: null } };
  expect(inherit('mail', named({ _acme: family, mail: own }))).toMatchObject({ value: { proxy: { retyr: null } } });
});

it('replaces a nested object whole by alias', () => {
  const own = { alias: '_acme', proxy: { headers: { version: '2' } } };
  expect(inherit('mail', named({ _acme: family, mail: own }))).toEqual({
    value: { auth_mode: 'OAUTH2', scopes: ['a'], proxy: { headers: { version: '2' } } },
  });
});

it('follows several generations, the nearest wins', () => {
  const entries = named({
    _acme: { a: { x: 1, y: 1, z: 1 } },
    parent: { extends: '_acme', a: { y: 2, z: 2 } },
    child: { extends: 'parent', a: { z: 3 } },
  });
  expect(inherit('child', entries)).toEqual({ value: { a: { x: 1, y: 2, z: 3 } } });
});

it.each<[string, Raw, object]>([
  ['nobody', { extends: 'nobody' }, { key: 'extends', wrong: expect.stringContaining('"nobody", which does not') }],
  ['itself', { extends: 'x' }, { key: 'extends', wrong: expect.stringContaining('circle: x -> x') }],
  ['a list', { alias: ['_acme'] }, { key: 'alias', wrong: expect.stringContaining('must be the name') }],
  ['two parents', { alias: '_acme', extends: '_acme' }, { key: 'alias', wrong: expect.stringContaining('keep one') }],
])('refuses a parent that is %s', (_, value, expected) => {
  expect(inherit('x', named({ _acme: family, x: value }))).toEqual(expected);
});

it('changes a covered entry that has a family of its own', () => {
  const ours = named({ _acme: family, mail: { extends: '_acme', proxy: { base_url: 'https://mail.acme.example' } } });
  const theirs = named({ mail: { extends: 'mail', proxy: { retry: null, headers: { version: '3' } } } });
  expect(inherit('mail', layOver(ours, theirs))).toEqual({
    value: {
      auth_mode: 'OAUTH2',
      scopes: ['a'],
      proxy: { headers: { accept: 'x', version: '3' }, base_url: 'https://mail.acme.example' },
    },
  });
});

it('never changes what it merges', () => {
  const leaf = fc.oneof(fc.string(), fc.constant(null), fc.array(fc.string()));
  const raw = fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(leaf, fc.dictionary(fc.constantFrom('c', 'd'), leaf)));
  fc.assert(
    fc.property(raw, raw, (base, own) => {
      const before = structuredClone({ base, own });
      inherit('x', named({ _base: base, x: { extends: '_base', ...own } }));
      expect({ base, own }).toEqual(before);
    }),
  );
});
