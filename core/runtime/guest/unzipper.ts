// What scripts use of the package `unzipper`: `Open.buffer`, which lists and inflates the files of a ZIP archive in memory.
import { inflateRawSync } from 'node:zlib';

export interface ZipFile {
  path: string;
  type: 'File' | 'Directory';
  uncompressedSize: number;
  buffer(): Promise<Buffer>;
}

// APPNOTE 4.3: the end record has at most a 64 kB comment behind it and points at the central directory.
const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const maxCommentBytes = 65_535;
/** Of one file; a bomb ends here and not with the guest's memory. */
const maxFileBytes = 100_000_000;

const notZip = (what: string) => new Error(`FILE_ENDED: ${what}`); // the message that scripts written for the package see

async function openBuffer(archive: Buffer): Promise<{ files: ZipFile[] }> {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const files: ZipFile[] = [];
  for (let index = 0; index < count; index++) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== centralSignature) {
      throw notZip('the central directory is damaged');
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    files.push(readEntry(archive, at, nameBytes!));
    at += 46 + nameBytes! + extraBytes! + commentBytes!;
  }
  return { files };
}

function findEnd(archive: Buffer): number {
  for (let at = archive.length - endBytes; at >= Math.max(0, archive.length - endBytes - maxCommentBytes); at--) {
    if (archive.readUInt32LE(at) === endSignature) return at;
  }
  throw notZip('this is no ZIP archive');
}

function readEntry(archive: Buffer, at: number, nameBytes: number): ZipFile {
  const path = archive.toString('utf8', at + 46, at + 46 + nameBytes);
  const method = archive.readUInt16LE(at + 10);
  const compressedSize = archive.readUInt32LE(at + 20);
  const uncompressedSize = archive.readUInt32LE(at + 24);
  const local = archive.readUInt32LE(at + 42);
  return {
    path,
    type: path.endsWith('/') ? 'Directory' : 'File',
    uncompressedSize,
    async buffer() {
      if (local + 30 > archive.length || archive.readUInt32LE(local) !== localSignature) {
        throw notZip(`${path} is damaged`);
      }
      // The local header's name and extra field may have other lengths than the central one's.
      const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const bytes = archive.subarray(from, from + compressedSize);
      if (method === 0) return Buffer.from(bytes);
      if (method === 8) return inflateRawSync(bytes, { maxOutputLength: maxFileBytes });
      throw new Error(`${path} is compressed by method ${method}; stored and deflated files can be read.`);
    },
  };
}

export const unzipper = { Open: { buffer: openBuffer } };
