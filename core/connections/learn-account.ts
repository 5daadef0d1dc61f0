// What the provider says of the account behind an imported credential. Best effort: the connection works without it, until something asks
// for what is missing, so a failure stops no import and stands in the log.
import type { Provider } from '../../providers/schema.ts';
import { lookUpAccount } from '../credentials/after-connect.ts';
import type { Credential } from '../credentials/credential.ts';
import type { ModeSubject } from '../credentials/modes/mode.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import type { Egress } from '../egress/egress.ts';
import type { SynclineError } from '../errors.ts';
import type { IntegrationRow } from '../integrations/read-integration.ts';
import type { LogWriter } from '../logs/log-writer.ts';

interface Imported {
  subject: ModeSubject;
  credential: Credential;
  /** `connection_config` of the import. */
  given: Record<string, unknown> | undefined;
}

/** @returns what belongs into `connection_config` */
export async function learnAccount(
  { egress, logs }: { egress: Egress; logs: LogWriter },
  integration: IntegrationRow,
  { subject, credential, given }: Imported,
): Promise<Record<string, unknown>> {
  const missed: SynclineError[] = [];
  const asking = { ...subject, provider: withoutKnown(subject.provider, given) };
  const found = await lookUpAccount(egress, asking, credential, { onMissed: (cause) => missed.push(cause) });
  if (missed[0]) note(logs, integration, { connection: subject.connection.id, error: missed[0] });
  return found;
}

/** The caller may know already what a step would find. */
const withoutKnown = (provider: Provider, given: Record<string, unknown> = {}): Provider => ({
  ...provider,
  after_connect: (provider.after_connect ?? []).filter(({ set }) =>
    Object.keys(set).some((key) => (given[key] ?? '') === ''),
  ),
});

function note(
  logs: LogWriter,
  { id: integrationId, environmentId, uniqueKey: integration, provider }: IntegrationRow,
  { connection, error }: { connection: string; error: SynclineError },
): void {
  const id = uuidv7();
  logs.start({
    id,
    environmentId,
    type: 'auth',
    action: 'post_connection',
    title: 'Look up the account of an imported connection',
    state: 'running',
    integrationId,
    context: { integration, provider, connection },
  });
  logs.end(environmentId, id, { state: 'failed', error: { type: error.code, message: error.message } });
}
