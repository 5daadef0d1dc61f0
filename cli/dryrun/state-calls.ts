// Checkpoint, metadata, locks and log lines of a dry run: in memory, gone with it.
import { SynclineError } from '../../core/errors.ts';
import { type CheckpointValue, parseCheckpoint } from '../../core/runtime/parse-checkpoint.ts';
import type { Args, CallResult, Calls } from './calls.ts';
import type { Platform } from './platform.ts';
import type { Timeline } from './timeline.ts';

export interface RunState {
  checkpoint: CheckpointValue | null;
  metadata: Record<string, unknown>;
}

export function stateCalls(state: RunState, { place, calls }: Platform, timeline: Timeline): Calls {
  async function writeMetadata(given: unknown, mode: 'replace' | 'merge'): Promise<CallResult> {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      throw new SynclineError('invalid_metadata', 'Metadata is an object.', { status: 400 });
    state.metadata = mode === 'replace' ? { ...given } : { ...state.metadata, ...given };
    timeline.add({ kind: 'metadata', value: state.metadata });
    const { providerConfigKey, connectionId } = place;
    return {
      result: { metadata: state.metadata, provider_config_key: providerConfigKey, connection_id: connectionId },
    };
  }

  /** Of the run's own connection the metadata is that of the run. */
  async function getConnection(args: Args, body: Buffer): Promise<CallResult> {
    const answer = await calls['getConnection']!(args, body);
    const { connectionId = place.connectionId, providerConfigKey = place.providerConfigKey } = args;
    const own = connectionId === place.connectionId && providerConfigKey === place.providerConfigKey;
    return own ? { result: { ...(answer.result as object), metadata: state.metadata } } : answer;
  }

  return {
    getConnection,
    getMetadata: async () => ({ result: state.metadata }),
    setMetadata: (args) => writeMetadata(args['metadata'], 'replace'),
    updateMetadata: (args) => writeMetadata(args['metadata'], 'merge'),
    getCheckpoint: async () => ({ result: state.checkpoint }),
    async saveCheckpoint(args) {
      state.checkpoint = parseCheckpoint(args['checkpoint']);
      timeline.add({ kind: 'checkpoint', value: state.checkpoint });
      return { result: state.checkpoint };
    },
    async clearCheckpoint() {
      state.checkpoint = null;
      timeline.add({ kind: 'checkpoint', value: null });
      return {};
    },
    // Nobody else is there.
    tryAcquireLock: async () => ({ result: true }),
    releaseLock: async () => ({ result: true }),
    releaseAllLocks: async () => ({}),
    triggerSync: async (args) => skip('triggerSync', nameOf(args['sync'])),
    startSync: async (args) => skip('startSync', ([args['syncs']].flat() as unknown[]).map(nameOf).join(', ')),
    async log({ level, message, payload }) {
      timeline.add({
        kind: 'log',
        level: String(level),
        message: String(message),
        ...(payload !== undefined && payload !== null && { payload }),
      });
      return {};
    },
  };

  function skip(name: string, target: string): CallResult {
    timeline.add({ kind: 'call', name: `${name} ${target}`, note: 'left out: a dry run starts nothing' });
    return {};
  }
}

const nameOf = (sync: unknown): string =>
  typeof sync === 'object' && sync !== null ? String((sync as { name?: unknown }).name) : String(sync);
