// AWS_SIGV4: temporary keys of a role of the user's, from STS or from a service of the operator that stands in for it. Requests are
// signed with them (core/proxy/sign-aws.ts).
import { randomUUID } from 'node:crypto';
import { readOwnPath } from '@syncline/functions/paginate';
import { z } from 'zod';
import { SynclineError } from '../../errors.ts';
import { signAws } from '../../proxy/sign-aws.ts';
import type { AwsCredential } from '../credential.ts';
import { placeParams, type TokenRequest } from '../place-params.ts';
import { isSuccess, parseBody, type RawTokenAnswer, readExpiry, refusalOf, tokenText } from '../token-answer.ts';
import { inputsOf, typeName } from './inputs.ts';
import { type AuthMode, type Exchange, type ModeSubject, type Outcome, single } from './mode.ts';

/** It stands in a host name. */
const region = /^[a-z]{2}(-[a-z]{1,12}){1,3}-\d{1,2}$/;
const roleArn = /^arn:aws[a-z-]{0,20}:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;

export const awsSigV4: AuthMode = {
  inputs: () =>
    inputsOf({
      type: typeName('AWS_SIGV4'),
      role_arn: z.string().regex(roleArn, 'A role is named like arn:aws:iam::123456789012:role/Name.'),
      region: z.string().regex(region, 'A region is named like eu-central-1.').optional(),
      external_id: z.uuid('The external id must be a UUID.').optional(),
    }),
  make(subject, inputs) {
    const { connectionConfig } = subject.connection;
    // Its own of an earlier connection: the user's role trusts exactly that one.
    const external = [connectionConfig['external_id'], inputs['external_id']].find((id) => typeof id === 'string');
    return assumeRole(subject, {
      role_arn: String(inputs['role_arn']),
      region: regionOf(subject, inputs['region']),
      external_id: external ?? randomUUID(),
    });
  },
};

export const renewAwsSigV4 = (subject: ModeSubject, { role_arn, region, external_id }: AwsCredential): Exchange =>
  assumeRole(subject, { role_arn, region, external_id });

type Role = Pick<AwsCredential, 'role_arn' | 'region' | 'external_id'>;

function regionOf({ integrationConfig, connection }: ModeSubject, given: unknown): string {
  const found = [given, connection.connectionConfig['region'], integrationConfig['defaultRegion']].find(Boolean);
  if (found === undefined) throw missing('region', 'No region was given and the integration has no default one.');
  if (region.test(String(found))) return String(found);
  throw new SynclineError('invalid_aws_sigv4_config', `${String(found).slice(0, 40)} is not the name of a region.`, {
    status: 400,
  });
}

const missing = (what: string, message: string) =>
  new SynclineError(`missing_aws_sigv4_${what}`, message, {
    status: 400,
    hint: 'It belongs to the integration: PATCH /integrations/{uniqueKey} with `integration_config`.',
  });

/** @throws SynclineError `missing_aws_sigv4_*`, `invalid_aws_sigv4_config` */
function assumeRole(subject: ModeSubject, role: Role): Exchange {
  const { service, stsMode = 'builtin' } = subject.integrationConfig;
  if (!service) throw missing('service', 'The integration does not say which AWS service it signs for.');
  if (stsMode !== 'builtin' && stsMode !== 'custom') {
    throw new SynclineError('invalid_aws_sigv4_config', '`stsMode` is builtin or custom.', { status: 400 });
  }
  const request = stsMode === 'builtin' ? stsRequest(subject, role) : standInRequest(subject, role, service);
  return single(request, (answer) => readKeys(answer, { ...role, service }));
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
function stsRequest({ integrationConfig, connection, now }: ModeSubject, role: Role): TokenRequest {
  const { awsAccessKeyId: accessKeyId, awsSecretAccessKey: secretAccessKey, stsEndpointUrl } = integrationConfig;
  if (!accessKeyId || !secretAccessKey)
    throw missing('builtin_credentials', 'The integration has no keys of its own to assume a role with.');
  const isChina = role.region.startsWith('cn-');
  const request = placeParams({
    url: stsEndpointUrl || `https://sts.${role.region}.amazonaws.com${isChina ? '.cn' : ''}/`,
    method: 'POST',
    headers: { accept: 'application/json' },
    params: {
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: role.role_arn,
      RoleSessionName: sessionName(connection.id),
      ...(role.external_id && { ExternalId: role.external_id }),
    },
    format: 'form',
  });
  const signer = { accessKeyId, secretAccessKey, region: role.region, service: 'sts' };
  return { ...request, headers: signAws({ ...request, now }, signer) };
}

const sessionName = (connectionId: string) => `syncline-${connectionId.replace(/[^\w+=,.@-]/g, '-').slice(0, 50)}`;

function standInRequest({ integrationConfig }: ModeSubject, role: Role, service: string): TokenRequest {
  const { stsEndpointUrl } = integrationConfig;
  if (!stsEndpointUrl) throw missing('sts_endpoint', 'The integration does not say where roles are assumed.');
  return placeParams({
    url: stsEndpointUrl,
    method: 'POST',
    headers: { accept: 'application/json', ...standInAuth(integrationConfig) },
    params: { role_arn: role.role_arn, external_id: role.external_id, region: role.region, service },
    format: 'json',
  });
}

function standInAuth(config: Record<string, string>): Record<string, string> {
  switch (config['stsAuthType'] ?? 'none') {
    case 'none':
      return {};
    case 'api_key':
      return { [(config['stsAuthHeader'] || 'x-api-key').toLowerCase()]: config['stsApiKey'] ?? '' };
    case 'basic': {
      const pair = `${config['stsAuthUsername'] ?? ''}:${config['stsAuthPassword'] ?? ''}`;
      return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
    }
    default:
      throw new SynclineError('invalid_aws_sigv4_config', '`stsAuthType` is none, api_key or basic.', { status: 400 });
  }
}

/** STS in XML or JSON, or the four values as a stand-in may name them. */
function readKeys(answer: RawTokenAnswer, role: Role & { service: string }): Outcome {
  const data = parseBody(answer);
  const places = ['AssumeRoleResponse.AssumeRoleResult.Credentials', 'Credentials', 'credentials'];
  const found =
    places.map((path) => readOwnPath(data, path)).find((value) => typeof value === 'object' && value) ?? data;
  const value = (...names: string[]) => names.map((name) => (found as Record<string, unknown>)[name]).find(Boolean);
  const accessKeyId = tokenText(value('AccessKeyId', 'accessKeyId', 'access_key_id'));
  const secretAccessKey = tokenText(value('SecretAccessKey', 'secretAccessKey', 'secret_access_key'));
  const sessionToken = tokenText(value('SessionToken', 'sessionToken', 'session_token'));
  if (!isSuccess(answer) || !accessKeyId || !secretAccessKey || !sessionToken) {
    return { refusal: stsRefusal(answer, data) };
  }
  const expiresAt = readExpiry({ expires_at: value('Expiration', 'expiration', 'expires_at') }, answer);
  const credential: AwsCredential = {
    type: 'AWS_SIGV4',
    ...role,
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey,
    session_token: sessionToken,
    expires_at: expiresAt?.toISOString(),
    raw: data,
  };
  const config = { region: role.region, ...(role.external_id && { external_id: role.external_id }) };
  return { made: { credential, expiresAt, config } };
}

/** The role's trust is the user's to give: AccessDenied is a refusal of his. */
function stsRefusal({ status }: RawTokenAnswer, data: Record<string, unknown>) {
  const details = ['ErrorResponse.Error', 'Error'].map((path) => readOwnPath(data, path)).find(Boolean) ?? data;
  const { Code: code, Message: message } = details as { Code?: unknown; Message?: unknown };
  const refusal = refusalOf(status, { error: code ?? data['error'], error_description: message ?? data['message'] });
  return { ...refusal, isOver: refusal.error === 'AccessDenied' };
}
