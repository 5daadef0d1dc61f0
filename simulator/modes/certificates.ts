// X.509 certificates made on the spot (RFC 5280), so that no test has a key in its folder or ends on a date. As much DER as that takes.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certified {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS#8. */
  privateKey: string;
}

export interface Authority extends Certified {
  /** For `127.0.0.1` and `localhost` when it is a server's. */
  issue(name: string, use: 'client' | 'server'): Certified;
}

const dayMs = 86_400_000;
const curve = { namedCurve: 'prime256v1' };

/** @param key PEM, PKCS#8, of P-256; two of one name and key vouch for each other's certificates. Default: a new one. */
export function createAuthority(name: string, key?: string): Authority {
  const privateKey = key === undefined ? generateKeyPairSync('ec', curve).privateKey : createPrivateKey(key);
  const own = certificate({
    subject: name,
    issuer: name,
    publicKey: createPublicKey(privateKey),
    signer: privateKey,
    extensions: [basicConstraints],
  });
  return {
    certificate: own,
    privateKey: pemOf(privateKey),
    issue(subject, use) {
      const pair = generateKeyPairSync('ec', curve);
      const extensions = use === 'server' ? [alternativeNames, purpose(1)] : [purpose(2)];
      const made = certificate({ subject, issuer: name, publicKey: pair.publicKey, signer: privateKey, extensions });
      return { certificate: made, privateKey: pemOf(pair.privateKey) };
    },
  };
}

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

interface Wanted {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  signer: KeyObject;
  extensions: Buffer[];
}

function certificate({ subject, issuer, publicKey, signer, extensions }: Wanted): string {
  const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const serial = randomBytes(16);
  serial[0] = 1; // positive
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    nameOf(issuer),
    sequence(time(Date.now() - dayMs), time(Date.now() + 365 * dayMs)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, signer);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => tagged(0x30, ...parts);
const integer = (bytes: Buffer) => tagged(0x02, bytes);
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));
const octets = (bytes: Buffer) => tagged(0x04, bytes);
const yes = tagged(0x01, Buffer.from([0xff]));
const nameOf = (text: string) => sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(text))))); // commonName

const time = (ms: number) => tagged(0x18, Buffer.from(new Date(ms).toISOString().replace(/[-:T]|\.\d{3}/g, ''))); // GeneralizedTime

const basicConstraints = sequence(oid('551d13'), yes, octets(sequence(yes)));
const alternativeNames = sequence(
  oid('551d11'),
  octets(sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1])))),
);
/** Extended key usage: 1 server, 2 client. */
const purpose = (use: 1 | 2) => sequence(oid('551d25'), octets(sequence(oid(`2b0601050507030${use}`))));
