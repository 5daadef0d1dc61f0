// An unsafe request that was on its way when its process died may have been carried out. Syncs make it again: their POSTs are
// searches and GraphQL reads. An action does so only when that can do no harm, and else ends, saying which call it was.
import { SynclineError } from '../../errors.ts';
import { hasIdempotencyKey, isRepeatable } from '../../proxy/repeatable.ts';
import type { Slot } from './journal.ts';
import type { RunContext } from './run-context.ts';
import type { Target } from './target.ts';

interface Request {
  method: string;
  endpoint: string;
  headers?: Record<string, string>;
}

/**
 * Before the request goes out: refuses it when an earlier attempt sent it, and notes it for a later one.
 * @throws SynclineError outcome_unknown
 */
export async function guardUnsafe(
  context: RunContext,
  request: Request,
  { target, slot }: { target: Target; slot: Slot },
): Promise<void> {
  const { journal, kind, mayRepeatUnsafe } = context;
  const { method, endpoint, headers = {} } = request;
  if (!journal || kind !== 'action' || isRepeatable(method) || mayRepeatUnsafe) return;
  if (hasIdempotencyKey(headers, target.provider.proxy?.idempotency_header)) return;
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
