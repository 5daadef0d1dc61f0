import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseXml, renderXml } from './xml.ts';

it('reads elements without their prefixes, lists, CDATA, entities and empty elements', () => {
  const source = `<?xml version="1.0"?><!-- x --><a:r xmlns:a="urn:x"><a:one k="<v>">1 &amp; 2 &#x41;</a:one>
    <two><![CDATA[<raw>]]></two><two>b</two><three/></a:r>`;
  expect(parseXml(source)).toEqual({ r: { one: '1 & 2 A', two: ['<raw>', 'b'], three: '' } });
});

it.each([
  '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  '<a><b></a></b>',
  '<a>',
  '</a>',
  'text',
  '',
  '<a'.repeat(10_000),
  `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`,
])('takes no part of what is not well-formed: %#', (source) => {
  expect(parseXml(source)).toBeUndefined();
});

it('gives back what it has written, whatever the texts', () => {
  const name = fc.stringMatching(/^[a-z][a-zA-Z0-9_]{0,8}$/);
  const text = fc
    .string()
    .map((value) => value.trim())
    .filter((value) => /^[\t\n\x20-\ud7ff]*$/.test(value));
  fc.assert(
    fc.property(fc.dictionary(name, text, { minKeys: 1, maxKeys: 5 }), (values) => {
      expect(parseXml(renderXml({ root: values }))).toEqual({ root: { ...values } });
    }),
  );
});

it('never changes the prototype of anything', () => {
  const parsed = parseXml('<r><__proto__><x>1</x></__proto__></r>');
  expect(({} as { x?: unknown }).x).toBeUndefined();
  expect(Object.keys(parsed!['r'] as object)).toEqual(['__proto__']);
});
