// AWS Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// Made last of all: it covers the finished URL, body and headers.
import { createHash, createHmac } from 'node:crypto';
import { canonicalPairs, percentEncode } from './canonical-params.ts';

export interface AwsSigner {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary keys. */
  sessionToken?: string | undefined;
  region: string;
  service: string;
}

export interface AwsRequest {
  method: string;
  url: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: Buffer | string | null;
  now?: Date;
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();

/** Others may be changed on the way. */
const isSigned = (name: string) =>
  name === 'host' || name === 'content-type' || name === 'content-md5' || name.startsWith('x-amz-');

/** @returns the headers with `x-amz-*` and `authorization` added */
export function signAws(
  { method, url: text, headers, body, now = new Date() }: AwsRequest,
  { accessKeyId, secretAccessKey, sessionToken, region, service }: AwsSigner,
): Record<string, string> {
  const url = new URL(text);
  const moment = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const payloadHash = sha256(body ?? '');
  const { authorization: _, ...kept } = headers;
  const all: Record<string, string> = {
    ...kept,
    'x-amz-date': moment,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    ...(service === 's3' && { 'x-amz-content-sha256': payloadHash }),
  };
  const signed = Object.entries({ ...all, host: url.host })
    .filter(([name]) => isSigned(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    method.toUpperCase(),
    canonicalPath(url.pathname, service),
    canonicalPairs(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    payloadHash,
  ].join('\n');
  const scope = `${moment.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', moment, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>((current, part) => hmac(current, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...all,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** Each segment is encoded once more than it is sent, except for S3. */
function canonicalPath(path: string, service: string): string {
  if (service !== 's3') return path.split('/').map(percentEncode).join('/');
  return path
    .split('/')
    .map((segment) => percentEncode(decoded(segment)))
    .join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a percent sign of its own
  }
}
