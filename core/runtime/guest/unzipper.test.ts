import { deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { unzipper } from './unzipper.ts';

function zipOf(files: { path: string; text: string; deflated: boolean }[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { path, text, deflated } of files) {
    const [name, plain] = [Buffer.from(path), Buffer.from(text)];
    const body = deflated ? deflateRawSync(plain) : plain;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28); // an extra field that the central directory does not have
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(deflated ? 8 : 0, 10);
    central.writeUInt32LE(body.length, 20);
    central.writeUInt32LE(plain.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    locals.push(local, name, Buffer.alloc(4), body);
    centrals.push(central, name);
    offset += 34 + name.length + body.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...centrals, end, Buffer.from('a comment')]);
}

it('reads stored and deflated files of an archive with a comment', async () => {
  const archive = zipOf([
    { path: 'a.json', text: '{"a":1}', deflated: false },
    { path: 'folder/b.txt', text: 'b'.repeat(10_000), deflated: true },
  ]);
  const { files } = await unzipper.Open.buffer(archive);
  expect(files.map(({ path, type }) => [path, type])).toEqual([
    ['a.json', 'File'],
    ['folder/b.txt', 'File'],
  ]);
  expect((await files[0]!.buffer()).toString()).toBe('{"a":1}');
  expect((await files[1]!.buffer()).toString()).toBe('b'.repeat(10_000));
});

it('refuses bytes that are no archive, so that a script can fall back to text', async () => {
  await expect(unzipper.Open.buffer(Buffer.from('plain text, long enough to hold an end record'))).rejects.toThrow(
    'FILE_ENDED',
  );
  await expect(unzipper.Open.buffer(Buffer.alloc(0))).rejects.toThrow('FILE_ENDED');
});
