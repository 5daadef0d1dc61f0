// Sends the requests of an exchange, one after another, while a person waits. Nothing is journalled: there is no row yet, and the
// person can try again.
import { SynclineError } from '../errors.ts';
import { createRedactor } from '../logs/redact.ts';
import type { Exchange, Made } from './modes/mode.ts';
import type { SendTokenRequest } from './send-token-request.ts';
import type { RawTokenAnswer, Refusal } from './token-answer.ts';

const deadlineMs = 20_000;
const maxTextLength = 300;

export interface Asking {
  /** The provider's display name, for what a person reads. */
  provider: string;
  /** Of the connection, for the test hook of egress. */
  session: string;
  /** What providers must not quote back to people. */
  secrets: string[];
}

/** @throws SynclineError `invalid_credentials` when the provider says no, `connection_test_failed` when it says nothing of use; and set-up errors */
export async function runExchange(send: SendTokenRequest, exchange: Exchange, asking: Asking): Promise<Made> {
  const answers: RawTokenAnswer[] = [];
  const endsAt = Date.now() + deadlineMs;
  for (let request = exchange.next(answers); request; request = exchange.next(answers)) {
    const options = { session: asking.session, deadlineMs: Math.max(endsAt - Date.now(), 1), now: Date.now };
    answers.push(await send(request, options).catch((cause: unknown) => Promise.reject(unreachable(cause, asking))));
  }
  const outcome = exchange.read(answers);
  if ('made' in outcome) return outcome.made;
  throw refused(outcome.refusal, asking);
}

/** Only the code goes on: what a library says about a request may quote it. */
function unreachable(cause: unknown, { provider }: Asking): unknown {
  if (!(cause instanceof SynclineError)) return cause;
  return new SynclineError('connection_test_failed', `${provider} could not be reached (${cause.code}).`, {
    status: 400,
    retryable: true,
    hint: 'Check the address you entered, or try again in a moment.',
    payload: { last_error: { status: null, error: cause.code } },
    cause,
  });
}

function refused({ status, error, description }: Refusal, { provider, secrets }: Asking): SynclineError {
  const redactor = createRedactor(secrets);
  const clean = (text: string | undefined) => text && redactor.text(text).slice(0, maxTextLength);
  const said = clean(description) ?? clean(error);
  const details = {
    status: 400,
    payload: { last_error: { status, error: clean(error), error_description: clean(description) } },
  };
  if (status >= 400 && status < 500 && status !== 429) {
    const message = `${provider} did not accept these credentials${said ? `: ${said}` : ''} (status ${status}).`;
    return new SynclineError('invalid_credentials', message, { ...details, hint: 'Check what you entered.' });
  }
  const reason = status >= 200 && status < 300 ? 'answered without a usable token' : `answered with status ${status}`;
  return new SynclineError('connection_test_failed', `${provider} ${reason}${said ? `: ${said}` : ''}.`, {
    ...details,
    retryable: status >= 500 || status === 429,
    hint: 'Nothing was stored. Try again in a moment.',
  });
}
