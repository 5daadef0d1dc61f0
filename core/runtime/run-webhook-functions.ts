// Gives one webhook to every function of the connection that subscribed to it, each once.
import { namedUuid } from '../crypto/named-uuid.ts';
import type { RunAction } from './run-action.ts';
import type { RuntimeParts } from './run-sync-slice.ts';
import { runWebhookFunction, type WebhookOutcome, type WebhookPayload } from './run-webhook-function.ts';
import { matchWebhookFunctions } from './webhook-functions.ts';

export interface InboundWebhook {
  environmentId: string;
  /** Our uuid. */
  connectionId: string;
  integrationId: string;
  /** null: it says none. */
  eventType: string | null;
  payload: WebhookPayload;
  /** A uuid, the same for every try of this event. */
  eventId?: string;
  signal?: AbortSignal;
}

/**
 * One after another, in order of their names; that one fails keeps the others from nothing.
 * @throws SynclineError for faults of ours: run it again
 */
export async function runWebhookFunctions(
  parts: RuntimeParts & { runAction: RunAction },
  { environmentId, eventId, payload, signal, ...event }: InboundWebhook,
): Promise<WebhookOutcome[]> {
  const environment = await parts.database.forEnvironment(environmentId);
  const outcomes: WebhookOutcome[] = [];
  for (const fn of await matchWebhookFunctions(environment, event)) {
    const { connectionId } = event;
    const execution = { environment, connectionId, function: fn, payload, signal };
    const runId = eventId === undefined ? {} : { runId: namedUuid('webhook', eventId, fn.syncId) };
    outcomes.push(await runWebhookFunction(parts, { ...execution, ...runId }));
  }
  return outcomes;
}
