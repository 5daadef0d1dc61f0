import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBody, encodeBody } from './body.ts';

const asScript = (bytes: Buffer): unknown => {
  if (bytes.length === 0) return '';
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return bytes.toString();
  }
};

it('gives a script on replay what it got when it was recorded, whatever the body was', () => {
  const bodies = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bodies, (bytes) => {
      const recorded = JSON.parse(JSON.stringify(decodeBody(bytes, undefined))) as unknown;
      expect(asScript(encodeBody(recorded, undefined))).toEqual(asScript(bytes));
    }),
  );
});

it('keeps bytes as bytes and text as text where the script asked for them', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (given) => {
      const bytes = Buffer.from(given);
      const recorded = JSON.parse(JSON.stringify(decodeBody(bytes, 'arraybuffer'))) as { data: number[] };
      expect(encodeBody(Buffer.from(recorded.data), 'arraybuffer')).toEqual(bytes);
    }),
  );
  expect(encodeBody(decodeBody(Buffer.from('{"a": 1}'), 'text'), 'text').toString()).toBe('{"a": 1}');
  // What is no text survives even where nobody said so.
  const zip = Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0xfe]);
  expect(Buffer.from((decodeBody(zip, undefined) as { data: number[] }).data)).toEqual(zip);
});
