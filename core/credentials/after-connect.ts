// Identifiers of the account behind a new credential, as the entry's `after_connect` finds them: by a call, in a claim of the access
// token, in the token answer. Later requests and the routing of webhooks need them.
import { readOwnPath } from '@syncline/functions/paginate';
import type { Provider } from '../../providers/schema.ts';
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import type { ProxyCredentials } from '../proxy/entry.ts';
import { accessTokenOf } from '../proxy/scope.ts';
import type { Credential } from './credential.ts';
import { sendEntryCall } from './entry-request.ts';
import { type ModeSubject, withConfig } from './modes/mode.ts';
import { failed, testFailure } from './verify-credential.ts';

type Step = NonNullable<Provider['after_connect']>[number];

const totalMs = 15_000;
const maxBytes = 2_000_000;

interface LookUpOptions {
  /** Hears of each step that found nothing and is not optional; then none fails the look-up. */
  onMissed?: (cause: SynclineError) => void;
}

/**
 * One step after another: each may use what the ones before it found.
 * @returns what belongs into `connection_config`
 * @throws SynclineError `connection_test_failed` (400) when a step that is not optional finds nothing, unless `onMissed` hears of it
 */
export async function lookUpAccount(
  egress: Egress,
  subject: ModeSubject,
  credential: Credential,
  { onMissed }: LookUpOptions = {},
): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const { provider, connection } = subject;
  for (const step of provider.after_connect ?? []) {
    const known = withConfig(subject, { ...connection.connectionConfig, ...found });
    try {
      const values = await runStep(egress, known, { step, credential });
      const asked = Object.entries(values).filter(([key]) => !isEntered(provider, key, connection.connectionConfig));
      Object.assign(found, Object.fromEntries(asked));
    } catch (cause) {
      if (!(cause instanceof SynclineError)) throw cause;
      if (step.optional) continue;
      if (!onMissed) throw cause;
      onMissed(cause);
      if (cause.retryable) break; // it is down: nobody waits for the steps that are left
    }
  }
  return found;
}

/** What a person gave knowingly is not replaced. */
function isEntered({ connection_config: form }: Provider, key: string, config: Readonly<Record<string, unknown>>) {
  const field = form?.[key];
  return field !== undefined && !field.automated && (config[key] ?? '') !== '';
}

async function runStep(
  egress: Egress,
  subject: ModeSubject,
  { step, credential }: { step: Step; credential: Credential },
): Promise<Record<string, unknown>> {
  const source = step.request
    ? await ask(egress, subject, { request: step.request, credential })
    : told(step, credential);
  const values = Object.entries(step.set).map(([key, path]) => {
    const value = path === '' ? source : readOwnPath(source, path);
    if (value === undefined || value === null) {
      const name = subject.provider.display_name;
      throw failed(`${name} does not say which account this is: there is nothing at ${path}.`, {
        retryable: false,
        hint: 'Nothing was stored. Check that the account may use this API.',
        lastError: { status: null },
      });
    }
    return [key, value];
  });
  return Object.fromEntries(values);
}

async function ask(
  egress: Egress,
  subject: ModeSubject,
  { request, credential }: { request: NonNullable<Step['request']>; credential: Credential },
): Promise<unknown> {
  const { display_name: name } = subject.provider;
  try {
    const answer = await sendEntryCall(egress, subject, { call: request, credential, totalMs, maxBytes });
    if (answer.status < 200 || answer.status > 299) throw testFailure(name, answer);
    return parse(answer.bytes.toString());
  } catch (cause) {
    if (!(cause instanceof SynclineError) || cause.status < 500) throw cause;
    throw testFailure(name, { code: cause.code });
  }
}

/** What came with the credential. */
function told({ raw_path: path, token_claim: claim }: Step, credential: Credential): unknown {
  if (claim !== undefined) {
    const [, claims = ''] = (accessTokenOf(credential as ProxyCredentials) ?? '').split('.');
    return parse(Buffer.from(claims, 'base64url').toString());
  }
  const raw = 'raw' in credential ? credential.raw : {};
  return path === undefined || path === '' ? raw : readOwnPath(raw, path);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
