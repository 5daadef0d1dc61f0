import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { serializeData } from './serialize-data.ts';

const form = 'application/x-www-form-urlencoded';
const json = 'application/json';
const send = (data: unknown, type?: string) => {
  const result = serializeData(data, type);
  return (
    result && [
      typeof result.body === 'string' ? result.body : Buffer.from(result.body).toString('latin1'),
      result.contentType,
    ]
  );
};

describe('data', () => {
  it.each<[string, unknown, string | undefined, [string, string] | null]>([
    ['an object', { a: [1] }, undefined, ['{"a":[1]}', json]],
    ['a list', [1, null], undefined, ['[1,null]', json]],
    ['an object with a JSON type', { a: 1 }, 'application/vnd.api+json', ['{"a":1}', 'application/vnd.api+json']],
    [
      'an object as a form',
      { a: 1, b: { c: 'x y', d: [1, 2] }, e: [{ f: 'g' }], n: null, u: undefined },
      form,
      ['a=1&b%5Bc%5D=x+y&b%5Bd%5D%5B%5D=1&b%5Bd%5D%5B%5D=2&e%5B0%5D%5Bf%5D=g&n=', form],
    ],
    ['a string', '{"a":1}', undefined, ['{"a":1}', form]],
    ['a JSON string with a JSON type', ' {"a":1}', json, [' {"a":1}', json]],
    ['another string with a JSON type', 'plain', `${json}; charset=utf-8`, ['"plain"', `${json}; charset=utf-8`]],
    ['a form string', 'a=1', form, ['a=1', form]],
    ['text', 'hi', 'text/plain', ['hi', 'text/plain']],
    ['a buffer', Buffer.from('\x00\xff', 'latin1'), undefined, ['\x00\xff', 'application/octet-stream']],
    ['a view of a larger buffer', new Uint8Array([1, 2, 3]).subarray(1), 'image/png', ['\x02\x03', 'image/png']],
    ['an ArrayBuffer', new Uint8Array([65]).buffer, undefined, ['A', 'application/octet-stream']],
    ['URLSearchParams', new URLSearchParams({ a: 'b c' }), undefined, ['a=b+c', form]],
    ['a number', 5, undefined, ['5', json]],
    ['false', false, undefined, ['false', json]],
    ['null', null, json, null],
    ['undefined', undefined, undefined, null],
    ['an empty string', '', json, null],
  ])('sends %s', (_what, data, type, expected) => {
    expect(send(data, type)).toEqual(expected);
  });

  it('knows bytes and dates of another realm', () => {
    const [bytes, object] = vm.runInNewContext('[new Uint8Array([66]), {d: new Date(0)}]') as [unknown, unknown];
    expect(send(bytes)).toEqual(['B', 'application/octet-stream']);
    expect(send(object, form)?.[0]).toBe('d=1970-01-01T00%3A00%3A00.000Z');
  });

  it('writes multipart with the same boundary for the same content', () => {
    const [body, type] = send({ a: 'x', file: Buffer.from([1]) }, 'multipart/form-data')!;
    const boundary = /boundary=(.+)$/.exec(type!)![1];
    expect(body).toBe(
      `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n` +
        `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="blob"\r\ncontent-type: application/octet-stream\r\n\r\n\x01\r\n--${boundary}--\r\n`,
    );
    expect(send({ a: 'x', file: Buffer.from([1]) }, 'multipart/form-data')![1]).toBe(type);
  });
});
