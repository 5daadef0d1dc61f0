import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openLines, sealLines } from './sealed-lines.ts';

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const seal = async (lines: readonly string[], passphrase = 'a passphrase') =>
  Buffer.concat(await collect(sealLines(each(lines), passphrase, 10)));

const open = (file: Buffer, { passphrase = 'a passphrase', pieceBytes = 1_000 } = {}) => {
  const pieces = Array.from({ length: Math.ceil(file.length / pieceBytes) }, (_, at) =>
    file.subarray(at * pieceBytes, (at + 1) * pieceBytes),
  );
  return collect(openLines(each(pieces), passphrase));
};

const big = Array.from({ length: 3_000 }, (_, number) => JSON.stringify({ number, text: 'é'.repeat(number % 90) }));

it('gives back the lines, however they are cut into pieces', async () => {
  const line = fc.string().map((text) => text.replaceAll('\n', ' '));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 200 }), async (lines, pieceBytes) => {
      expect(await open(await seal(lines), { pieceBytes })).toEqual(lines);
    }),
  );
  expect(await open(await seal(big), { pieceBytes: 70_001 })).toEqual(big);
});

it('shows nothing of the lines, and is another file each time', async () => {
  const [one, two] = [await seal(['the secret']), await seal(['the secret'])];
  expect(one.includes('secret')).toBe(false);
  expect(one.equals(two)).toBe(false);
});

const invalid = (words: string) => ({ code: 'invalid_export', message: expect.stringContaining(words) });

it('refuses a wrong passphrase, another version, what is no export, and a cost that would be an attack', async () => {
  const file = await seal(['x']);
  await expect(open(file, { passphrase: 'another' })).rejects.toMatchObject(invalid('passphrase'));
  const with1 = (at: number, value: number) => Buffer.from(file).fill(value, at, at + 1);
  await expect(open(with1(8, 2))).rejects.toMatchObject(invalid('version 2'));
  await expect(open(Buffer.from('{"connection_id":"c1"}\n'.repeat(3)))).rejects.toMatchObject(invalid('no encrypted'));
  await expect(open(with1(9, 30))).rejects.toMatchObject(invalid('more work'));
});

it('notices a cut anywhere, frames that are swapped, dropped or repeated, and any changed bit', async () => {
  const file = await seal(big);
  for (const end of [27, 28, 30, 32, 40, 28 + 4 + 65_536 + 16, file.length - 17, file.length - 1])
    await expect(open(file.subarray(0, end))).rejects.toMatchObject({ code: 'invalid_export' });
  const frame = (number: number) => file.subarray(28 + number * 65_556, 28 + (number + 1) * 65_556);
  const header = file.subarray(0, 28);
  const tail = (from: number) => file.subarray(28 + from * 65_556);
  await expect(open(Buffer.concat([header, frame(1), frame(0), tail(2)]))).rejects.toMatchObject(invalid('altered'));
  await expect(open(Buffer.concat([header, tail(1)]))).rejects.toMatchObject(invalid('altered'));
  await expect(open(Buffer.concat([header, frame(0), frame(0), tail(1)]))).rejects.toMatchObject(invalid('altered'));
  await expect(open(Buffer.concat([file, Buffer.from('x')]))).rejects.toMatchObject(invalid('more behind'));
  for (const at of [13, 28, 33, 500, file.length - 3]) {
    const flipped = Buffer.from(file);
    flipped[at]! ^= 4;
    await expect(open(flipped)).rejects.toMatchObject({ code: 'invalid_export' });
  }
});
