// An unsafe request that was on its way when its process died may have been carried out. Syncs make it again: their POSTs are
// searches and GraphQL reads. An action does so only when that can do no harm, and else ends, saying which call it was.
import { SynclineError } from '../../errors.ts';
import type { Slot } from './journal.ts';
import type { RunContext } from './run-context.ts';

interface Request {
  method: string;
  endpoint: string;
  headers?: Record<string, string>;
}

/** RFC 9110 section 9.2.2: doing the others twice has the effect of doing them once. */
const unsafe = new Set(['POST', 'PATCH']);
/** draft-ietf-httpapi-idempotency-key-header, and what came before it. */
const idempotencyHeaders = new Set(['idempotency-key', 'x-idempotency-key']);

/**
 * Before the request goes out: refuses it when an earlier attempt sent it, and notes it for a later one.
 * @throws SynclineError outcome_unknown
 */
export async function guardUnsafe(context: RunContext, request: Request, slot: Slot): Promise<void> {
  const { journal, kind, mayRepeatUnsafe } = context;
  const { method, endpoint, headers = {} } = request;
  if (!journal || kind !== 'action' || !unsafe.has(method.toUpperCase()) || mayRepeatUnsafe) return;
  if (Object.keys(headers).some((name) => idempotencyHeaders.has(name.toLowerCase()))) return;
  if (journal.wasSent(slot)) {
    throw new SynclineError(
      'outcome_unknown',
      `${method} ${endpoint} was sent, and the process died before its answer was stored: it may or may not have been carried out.`,
      {
        status: 500,
        payload: { method, endpoint },
        hint: 'Look at the provider whether it was. To have such calls repeated, give them an Idempotency-Key header or trigger the action with X-Max-Retries.',
      },
    );
  }
  await journal.noteSent(slot);
}
