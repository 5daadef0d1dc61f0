// A script's writes of its connection's metadata. Each commits with its journal entry and under the fence, so that a replay
// acknowledges it and newer metadata, the app's own, is not overwritten.
import { writeMetadata } from '../../connections/write-metadata.ts';
import { SynclineError } from '../../errors.ts';
import type { ConnectionMemo } from './connection-calls.ts';
import { assertFence, fenced, journalSave } from './fenced.ts';
import type { Calls, RunContext } from './run-context.ts';

export function metadataCalls({ environment, target, run, journal }: RunContext, memo: ConnectionMemo): Calls {
  const key = { providerConfigKey: target.integration.uniqueKey, connectionId: target.connection.connectionId };

  async function write(mode: 'replace' | 'merge', given: unknown) {
    const metadata = parseMetadata(given);
    const slot = journal?.slot(`metadata|${mode}|${JSON.stringify(metadata)}`);
    const replayed = slot && journal?.isSaved(slot);
    memo.clear();
    const after = replayed
      ? (await memo.read(key)).connection.metadata
      : await fenced(async () => {
          const [written] = await writeMetadata(
            environment,
            { providerConfigKey: key.providerConfigKey, connectionIds: [key.connectionId], metadata, mode },
            async (tx) => {
              if (run) await assertFence(tx, run.writer);
              if (journal && slot) await journalSave(tx, environment.environmentId, journal.runId, slot);
            },
          );
          return written!;
        });
    target.connection.metadata = after;
    return {
      result: { metadata: after, provider_config_key: key.providerConfigKey, connection_id: key.connectionId },
    };
  }

  return {
    setMetadata: (args) => write('replace', args['metadata']),
    updateMetadata: (args) => write('merge', args['metadata']),
  };
}

/** JSON escapes that Postgres refuses: NUL, and surrogates that are alone. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

function parseMetadata(given: unknown): Record<string, unknown> {
  const invalid = (problem: string) => new SynclineError('invalid_metadata', `Metadata ${problem}.`, { status: 400 });
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid('is an object');
  if (unstorable.test(JSON.stringify(given))) throw invalid('has a character that cannot be stored');
  return given as Record<string, unknown>;
}
