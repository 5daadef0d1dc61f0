// STS and an API behind Signature Version 4, verified from what arrives: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto';
import { type ApiRequest, failure, json, type Reply } from '../reply.ts';
import { parseFields } from './login.ts';
import type { ModeRoutes, Trusted } from './modes.ts';
import { createTokens } from './tokens.ts';

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

export function createAws(trusted: Trusted): ModeRoutes {
  const sessions = createTokens('aws');
  /** A key pair without an end. */
  const own = (id: string) => (id === trusted.aws.accessKeyId ? trusted.aws.secretAccessKey : undefined);

  function assumeRole(request: ApiRequest): Reply {
    const { Action, RoleArn, ExternalId = '' } = parseFields(request);
    const signed = verifySignature(request, own);
    if (signed?.service !== 'sts')
      return xmlError(403, 'SignatureDoesNotMatch', 'The request signature does not match.');
    if (Action !== 'AssumeRole') return xmlError(400, 'InvalidAction', 'No such action.');
    const { roleArn, externalId } = trusted.aws;
    if (RoleArn !== roleArn || (externalId !== undefined && externalId !== ExternalId)) {
      return xmlError(403, 'AccessDenied', `Not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`);
    }
    const { id, secret, token, ends } = keys({ roleArn, externalId: ExternalId });
    const credentials = `<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${ends}</Expiration>`;
    return xml(
      200,
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    );
  }

  /** What an operator may put in front of STS. */
  function standIn(request: ApiRequest): Reply {
    const { role_arn, external_id } = parseFields(request);
    if (request.headers['x-api-key'] !== 'sts-key') return failure(401, 'unauthorized', 'No key.');
    const { id, secret, token, ends } = keys({ roleArn: role_arn, externalId: external_id });
    return json(200, {
      credentials: { accessKeyId: id, secretAccessKey: secret, sessionToken: token, expiration: ends },
    });
  }

  function keys(holder: Record<string, unknown>) {
    const token = sessions.issue(holder);
    const hash = sha256(token);
    const ends = new Date(Date.now() + sessions.ttlSeconds * 1000).toISOString();
    return { id: `ASIA${hash.slice(0, 16).toUpperCase()}`, secret: secretOf(token), token, ends };
  }

  function echo(request: ApiRequest): Reply {
    const token = request.headers['x-amz-security-token'];
    const holder = token === undefined ? {} : sessions.find(String(token));
    const signed =
      holder && verifySignature(request, (id) => (token === undefined ? own(id) : secretOf(String(token))));
    return signed
      ? json(200, { ...holder, ...signed })
      : failure(403, 'InvalidSignatureException', 'Signature or token is wrong.');
  }

  return {
    routes: {
      'POST /modes/aws/sts': assumeRole,
      'POST /modes/aws/stand-in': standIn,
      'GET /modes/aws/echo*': echo,
      'POST /modes/aws/echo*': echo,
    },
    expire: sessions.expire,
    clear: sessions.clear,
  };
}

const secretOf = (token: string) => sha256(`secret of ${token}`);

const xml = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from(body),
});
const xmlError = (status: number, code: string, message: string) =>
  xml(
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );

const header =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

function verifySignature(
  { headers, method, incoming, body }: ApiRequest,
  secretFor: (accessKeyId: string) => string | undefined,
): { region: string; service: string } | undefined {
  const [, id = '', day = '', region = '', service = '', names = '', signature] =
    header.exec(headers.authorization ?? '') ?? [];
  const moment = String(headers['x-amz-date'] ?? '');
  const secret = secretFor(id);
  const sentAt = Date.parse(moment.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
  if (
    !secret ||
    !moment.startsWith(day) ||
    !names.split(';').includes('host') ||
    Math.abs(Date.now() - sentAt) > 300_000
  )
    return undefined;
  const [path = '', query = ''] = (incoming.url ?? '').split('?');
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const canonical = [
    method,
    path.split('/').map(encode).join('/'),
    pairs.join('&'),
    ...names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = scope.split('/').reduce<Buffer | string>((current, part) => hmac(current, part), `AWS4${secret}`);
  const expected = hmac(key, ['AWS4-HMAC-SHA256', moment, scope, sha256(canonical)].join('\n')).toString('hex');
  return expected === signature ? { region, service } : undefined;
}
