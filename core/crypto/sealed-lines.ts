// Lines of text as an encrypted file, written and read as a stream: connections with their credentials on their way to another place.
//
//   header = "SLEXPORT" | version (1) | log2 N | r | p | salt (16)             scrypt (RFC 7914) makes the key of a passphrase
//   frame  = length (4, top bit: the last one) | ciphertext | tag (16)         AES-256-GCM, IV = the frame's number
//   AAD    = header | frame number (8) | last (1)                              frames cannot be swapped, dropped or cut off
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { SynclineError } from '../errors.ts';

const magic = Buffer.from('SLEXPORT');
const version = 1;
const headerBytes = 28;
const tagBytes = 16;
const frameBytes = 65_536;
const lastFlag = 0x8000_0000;
/** 64 MB and about 0.2 s a guess. */
const cost = { log2N: 16, r: 8, p: 1 };
/** Of a file from somewhere: what it asks for is what we would spend. */
const maxCost = { log2N: 18, r: 16, p: 4 };
const maxLineBytes = 16_000_000;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

function keyOf(passphrase: string, header: Buffer): Promise<Buffer> {
  const [log2N, r, p] = [header[9]!, header[10]!, header[11]!];
  const maxmem = 256 * 2 ** log2N * r;
  return derive(passphrase.normalize('NFC'), header.subarray(12), 32, { N: 2 ** log2N, r, p, maxmem });
}

function bindings(header: Buffer, number: number, isLast: boolean): { iv: Buffer; aad: Buffer } {
  const iv = Buffer.alloc(12);
  iv.writeBigUInt64BE(BigInt(number), 4);
  return { iv, aad: Buffer.concat([header, iv.subarray(4), Buffer.from([Number(isLast)])]) };
}

/** @param lines without line feeds in them. @param log2N for tests: less work a guess */
export async function* sealLines(
  lines: AsyncIterable<string>,
  passphrase: string,
  log2N = cost.log2N,
): AsyncGenerator<Buffer> {
  const header = Buffer.concat([
    magic,
    Buffer.from([version, log2N, cost.r, cost.p]),
    randomBytes(headerBytes - magic.length - 4),
  ]);
  const key = await keyOf(passphrase, header);
  let number = 0;
  const seal = (plain: Buffer, isLast: boolean): Buffer => {
    const { iv, aad } = bindings(header, number++, isLast);
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
    cipher.setAAD(aad);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(sealed.length + (isLast ? lastFlag : 0));
    return Buffer.concat([length, sealed, cipher.getAuthTag()]);
  };
  yield header;
  let pending = Buffer.alloc(0);
  for await (const line of lines) {
    pending = Buffer.concat([pending, Buffer.from(`${line}\n`)]);
    while (pending.length >= frameBytes) {
      yield seal(pending.subarray(0, frameBytes), false);
      pending = pending.subarray(frameBytes);
    }
  }
  yield seal(pending, true);
}

const broken = (message: string, hint: string) => new SynclineError('invalid_export', message, { status: 400, hint });
const cutOff = () =>
  broken(
    'The file ends too early: something of it is missing.',
    'Copy it again, or make another with connections export.',
  );
const altered = () =>
  broken('The passphrase is wrong, or the file was altered.', 'Check the passphrase; then the file.');

export const isSealed = (start: Buffer): boolean => start.subarray(0, magic.length).equals(magic);

/**
 * A line comes out only after the whole of its frames was found genuine; that nothing is missing at the end, only the end says.
 * @throws SynclineError `invalid_export`
 */
export async function* openLines(chunks: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<string> {
  const take = createReader(chunks);
  const header = await take(headerBytes);
  if (!header || !isSealed(header))
    throw broken('This is no encrypted export of Syncline.', 'Give the file that connections export wrote.');
  if (header[8] !== version)
    throw broken(
      `The file is of version ${header[8]}, this program reads ${version}.`,
      'Update the one that is older.',
    );
  if (header[9]! > maxCost.log2N || header[9]! < 10 || header[10]! > maxCost.r || header[11]! > maxCost.p)
    throw broken('The file asks for more work than any of ours does.', 'It was altered; copy it again.');
  const key = await keyOf(passphrase, header);
  const rest = createSplitter();
  for (let number = 0; ; number++) {
    const length = (await take(4))?.readUInt32BE();
    if (length === undefined) throw cutOff();
    const isLast = length >= lastFlag;
    const size = isLast ? length - lastFlag : length;
    if (size > frameBytes) throw altered();
    const sealed = await take(size + tagBytes);
    if (!sealed) throw cutOff();
    yield* rest.push(openFrame(key, bindings(header, number, isLast), sealed));
    if (!isLast) continue;
    if (await take(1)) throw broken('There is more behind the end of the file.', 'It was altered; copy it again.');
    yield* rest.end();
    return;
  }
}

function openFrame(key: Buffer, { iv, aad }: { iv: Buffer; aad: Buffer }, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
  try {
    decipher.final();
  } catch {
    throw altered();
  }
  return plain;
}

/** Takes exactly so many bytes, or undefined when fewer are left. */
function createReader(chunks: AsyncIterable<Buffer>) {
  const source = chunks[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);
  return async (count: number): Promise<Buffer | undefined> => {
    while (held.length < count) {
      const { done, value } = await source.next();
      if (done) return undefined;
      held = Buffer.concat([held, value]);
    }
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
}

/** Lines of a stream of bytes; also of a file in plain text. @throws SynclineError `invalid_export` for an endless line */
export function createSplitter() {
  let held: Buffer = Buffer.alloc(0);
  return {
    *push(bytes: Buffer): Generator<string> {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
        yield held.toString('utf8', 0, end);
        held = held.subarray(end + 1);
      }
      if (held.length > maxLineBytes) throw broken('A line is longer than 16 MB.', 'Is this a file of connections?');
    },
    *end(): Generator<string> {
      if (held.length > 0) yield held.toString('utf8');
    },
  };
}
