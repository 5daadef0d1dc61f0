import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readCheckpoint, readDate, readObject, readValue } from './read-value.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'value-'));
const refusal = (message: string) =>
  expect.objectContaining({ code: 'invalid_option', exitCode: 12, message: expect.stringContaining(message) });

it('takes JSON, plain text and files, and tells text from JSON with a mistake in it', () => {
  writeFileSync(path.join(dir, 'input.json'), '{"a": [1]}');
  expect(readValue('--input', '{"a":1}', dir)).toEqual({ a: 1 });
  expect(readValue('--input', '7', dir)).toBe(7);
  expect(readValue('--input', 'hello world', dir)).toBe('hello world');
  expect(readValue('--input', '@input.json', dir)).toEqual({ a: [1] });
  expect(() => readValue('--input', '{a:1}', dir)).toThrow(refusal('looks like JSON'));
  expect(() => readValue('--input', '@none.json', dir)).toThrow(refusal('cannot be read'));
  writeFileSync(path.join(dir, 'bad.json'), '{');
  expect(() => readValue('--input', '@bad.json', dir)).toThrow(refusal('bad.json, which is no JSON'));
});

it('says what a checkpoint, an object and a date have to be', () => {
  expect(readObject('--metadata', '{"a":{"b":1}}', dir)).toEqual({ a: { b: 1 } });
  expect(() => readObject('--metadata', '[1]', dir)).toThrow(refusal('takes a JSON object'));
  expect(readCheckpoint('{"page":2}', dir)).toEqual({ page: 2 });
  expect(() => readCheckpoint('{"page":[2]}', dir)).toThrow(refusal("'page' is a list"));
  expect(readDate('--lastSyncDate', '2026-01-31').toISOString()).toBe('2026-01-31T00:00:00.000Z');
  expect(() => readDate('--lastSyncDate', 'yesterday')).toThrow(refusal('takes a date'));
});
