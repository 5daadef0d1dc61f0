// Private keys and certificates as people paste them: whole PEM, PEM on one line, `\n` written out, the base64 alone.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { SynclineError } from '../errors.ts';
import type { ClientCertificate } from './place-params.ts';

const unreadable = (message: string) =>
  new SynclineError('invalid_certificate_or_key_format', message, {
    status: 400,
    hint: 'Paste the whole PEM, from -----BEGIN to -----END, without a passphrase.',
  });

/** Re-wrapped at 64 columns; a bare body gets the label. Other text comes back as it is. */
export function toPem(text: string, label: string): string {
  const plain = text.replaceAll('\\n', '\n').trim();
  const [, own, inside] = /^-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----$/s.exec(plain) ?? [];
  const base64 = (inside ?? plain).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return text;
  return `-----BEGIN ${own ?? label}-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${own ?? label}-----\n`;
}

const labels = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/** @throws SynclineError `invalid_certificate_or_key_format`; OpenSSL's own words may quote the key */
export function readPrivateKey(text: string): KeyObject {
  for (const label of labels) {
    try {
      return createPrivateKey(toPem(text, label));
    } catch {
      // Perhaps the next label: a bare body does not say what it is.
    }
  }
  throw unreadable('The private key cannot be read.');
}

/** Normalised for what reads PEM strictly. @throws SynclineError `invalid_certificate_or_key_format` */
export const normalPrivateKey = (text: string): string =>
  readPrivateKey(text).export({ type: 'pkcs8', format: 'pem' }).toString();

/** @throws SynclineError `invalid_certificate_or_key_format` */
export function checkKeyPair({
  certificate,
  privateKey,
}: {
  certificate: string | undefined;
  privateKey: string | undefined;
}): ClientCertificate {
  if (!certificate || !privateKey) throw unreadable('This provider wants a client certificate and its private key.');
  const key = readPrivateKey(privateKey);
  const pem = certificates(certificate);
  let first: X509Certificate;
  try {
    first = new X509Certificate(pem);
  } catch {
    throw unreadable('The client certificate cannot be read.');
  }
  if (!first.checkPrivateKey(key)) throw unreadable('The private key does not belong to the client certificate.');
  return { certificate: pem, privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** A chain is several blocks, the client's own first. */
function certificates(text: string): string {
  const blocks = text.replaceAll('\\n', '\n').match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs);
  return (blocks ?? [text]).map((block) => toPem(block, 'CERTIFICATE')).join('');
}
