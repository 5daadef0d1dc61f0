// The call that proves a credential, as the entry describes it: endpoints in turn, the first good answer passes.

import { readOwnPath } from '@syncline/functions/paginate';
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import { type BuildInput, type BuiltRequest, buildRequest } from './build-request.ts';
import type { ProxyRules } from './entry.ts';
import { fillCall } from './entry-call.ts';
import { createRedactor } from './redact.ts';
import { createScope } from './scope.ts';
import { sendBuffered } from './send.ts';

export interface VerifyInput extends Omit<BuildInput, 'request' | 'provider'> {
  provider: BuildInput['provider'] & { verify?: { path: string; equals?: string | undefined } | undefined };
  egress: Egress;
  /** Instead of the entry's own. */
  baseUrl?: string | undefined;
  /** Instead of the entry's own, with GET. */
  endpoint?: string | undefined;
  signal?: AbortSignal | undefined;
  /** The connection's id; only the test hook sends it. */
  session?: string | undefined;
}

export interface VerifyAttempt {
  method: string;
  /** These three without secrets. */
  url: string;
  headers: Record<string, string>;
  body?: string;
  status?: number;
  /** Of the error, when no answer came. */
  code?: string;
  /** Why it does not pass. */
  reason?: string;
}

export interface Verdict {
  /** `refused`: the provider does not take the credential. `unclear`: something else is wrong. `untested`: there is no call. */
  verdict: 'good' | 'refused' | 'unclear' | 'untested';
  attempts: VerifyAttempt[];
}

/** Somebody waits in front of it. */
const timeouts = { totalMs: 15_000 };
const maxBytes = 2_000_000;

/** @throws SynclineError with the codes of a request that cannot be built; what goes wrong on its way is an attempt's reason */
export async function verifyCredential(input: VerifyInput): Promise<Verdict> {
  const call = input.endpoint === undefined ? input.provider.proxy?.verification : { endpoints: [input.endpoint] };
  if (call === undefined) return { verdict: 'untested', attempts: [] };
  const attempts: VerifyAttempt[] = [];
  let refused = false;
  for (const endpoint of call.endpoints) {
    const attempt = await attemptAt(endpoint, call, input);
    attempts.push(attempt.told);
    if (attempt.told.reason === undefined) return { verdict: 'good', attempts };
    refused ||= attempt.refused;
  }
  return { verdict: refused ? 'refused' : 'unclear', attempts };
}

type Call = NonNullable<ProxyRules['verification']>;

async function attemptAt(
  endpoint: string,
  call: Call,
  input: VerifyInput,
): Promise<{ told: VerifyAttempt; refused: boolean }> {
  const { egress, signal, session, baseUrl } = input;
  const provider = atBase(input.provider, call.base_url_override);
  const request = {
    ...fillCall({ ...call, endpoint }, createScope(input)),
    ...(baseUrl !== undefined && { baseUrlOverride: baseUrl }),
  };
  const built = buildRequest({ ...input, provider, request });
  const told = describe(built, input);
  try {
    const build = async () => built;
    const answer = await sendBuffered({ egress, provider, session, build, timeouts, signal }, { maxBytes });
    const { status } = answer;
    if (status < 200 || status > 299) {
      return {
        told: { ...told, status, reason: `The answer was ${status}.` },
        refused: status === 401 || status === 403,
      };
    }
    const reason = missOf(answer.bytes, input.provider.verify);
    return { told: { ...told, status, ...(reason !== undefined && { reason }) }, refused: reason !== undefined };
  } catch (error) {
    if (!(error instanceof SynclineError) || error.status < 500) throw error;
    const { code } = error;
    return { told: { ...told, code, reason: `No answer: ${code}.` }, refused: false };
  }
}

function atBase<P extends VerifyInput['provider']>(provider: P, base: string | undefined): P {
  return base === undefined ? provider : { ...provider, proxy: { ...provider.proxy, base_url: base } };
}

/** For APIs that answer 200 to a bad credential. */
function missOf(bytes: Buffer, verify: VerifyInput['provider']['verify']): string | undefined {
  if (verify === undefined) return undefined;
  let value: unknown;
  try {
    value = readOwnPath(JSON.parse(bytes.toString()), verify.path);
  } catch {
    return 'The answer is not JSON.';
  }
  if (verify.equals === undefined) {
    return value === undefined || value === null ? `The answer has nothing at ${verify.path}.` : undefined;
  }
  return String(value) === verify.equals ? undefined : `The answer does not say ${verify.equals} at ${verify.path}.`;
}

/** Short secrets and derived ones (Basic) are in no list, so what a credential may have made is hidden by its place. */
function describe(built: BuiltRequest, { provider, credentials, integration }: VerifyInput): VerifyAttempt {
  const redact = createRedactor(credentials, integration);
  const entry = Object.entries(provider.proxy?.headers ?? {}).filter(([, template]) => template.includes('${'));
  const hidden = new Set(['authorization', 'cookie', ...entry.map(([name]) => name.toLowerCase())]);
  const headers = Object.entries(built.headers).map(([name, value]) => [
    name,
    hidden.has(name) ? value.replace(/^([A-Za-z-]+ )?.*$/s, '$1[secret]') : redact(value),
  ]);
  return {
    method: built.method,
    url: withQuery(built.publicUrl, provider.proxy?.query),
    headers: Object.fromEntries(headers),
    ...(Buffer.isBuffer(built.body) && { body: redact(built.body.toString()) }),
  };
}

/** The entry's own query comes after the public URL was taken: it mostly is the key. */
function withQuery(url: string, query: ProxyRules['query']): string {
  const added = Object.keys(query ?? {}).map((name) => `${name}=[secret]`);
  return added.length === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${added.join('&')}`;
}
