// From what a person entered to a credential that works: checked, asked for at the provider where the mode does so, tested.
import type { Provider } from '../../providers/schema.ts';
import type { EnvironmentDb } from '../db/database.ts';
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import type { IntegrationRow } from '../integrations/read-integration.ts';
import { lookUpAccount } from './after-connect.ts';
import { checkUrlValues } from './check-url-values.ts';
import type { Credential } from './credential.ts';
import { type ModeSubject, withConfig } from './modes/mode.ts';
import { type EnteredMode, modes } from './modes/modes.ts';
import { parseInputs } from './parse-inputs.ts';
import { appSubject } from './renewal-subject.ts';
import { runExchange } from './run-exchange.ts';
import { secretTexts } from './secret-texts.ts';
import type { SendTokenRequest } from './send-token-request.ts';
import { verifyCredential } from './verify-credential.ts';

export interface Entered {
  mode: EnteredMode;
  provider: Provider;
  integration: IntegrationRow;
  /** The request's body, as it came. */
  body: unknown;
  /** Complete and by its form. */
  connectionConfig: Record<string, unknown>;
  /** The caller's id of the connection, when it has one already. */
  connectionId?: string | undefined;
}

export interface Obtained {
  credential: Credential;
  /** With what the provider's answer brought. */
  connectionConfig: Record<string, unknown>;
}

/** @throws SynclineError `invalid_body`, `invalid_credentials`, `connection_test_failed`, all 400; `aws_sigv4_sts_request_failed` (502); and set-up errors */
export async function obtainCredential(
  { egress, send }: { egress: Egress; send: SendTokenRequest },
  environment: EnvironmentDb,
  { mode, provider, integration, body, connectionConfig, connectionId = 'new' }: Entered,
): Promise<Obtained> {
  const inputs = parseInputs(modes[mode].inputs(provider), body);
  checkUrlValues(provider, connectionConfig);
  const connection = { id: connectionId, connectionConfig, metadata: {} };
  const subject: ModeSubject = { ...appSubject(environment, integration), provider, connection, now: new Date() };
  const made = await runExchange(send, modes[mode].make(subject, inputs), {
    provider: provider.display_name,
    session: connectionId,
    secrets: secretTexts([inputs, subject.app, subject.integrationConfig]),
  }).catch((cause: unknown) => {
    throw mode === 'AWS_SIGV4' ? asStsFailure(cause) : cause;
  });
  // What the person or the session says wins over the provider's answer.
  const { credential } = made;
  const complete = { ...made.config, ...connectionConfig };
  const found = { ...complete, ...(await lookUpAccount(egress, withConfig(subject, complete), credential)) };
  await verifyCredential(egress, withConfig(subject, found), credential);
  return { credential, connectionConfig: found };
}

/** The wire tells a service that does not answer from a role that is not given. */
function asStsFailure(cause: unknown): unknown {
  if (!(cause instanceof SynclineError) || cause.code !== 'connection_test_failed') return cause;
  const { message, payload = {}, hint = '' } = cause;
  const details = { status: 502, retryable: true, payload, hint, cause };
  return new SynclineError('aws_sigv4_sts_request_failed', message, details);
}
