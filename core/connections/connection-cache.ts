// Connections as the hot paths read them: from memory, for at most a second, and forgotten at once when a row behind them changes.
//
// The database tells of changes (`connection_changed`, by triggers); while nobody listens, or when a notice is lost, an entry
// still lives no longer than a second. A process also forgets what it writes itself, so that its callers read their own writes.
import type { Client, Database, EnvironmentDb } from '../db/database.ts';
import { fetchConnection } from './fetch-connection.ts';
import type { ConnectionKey, LoadedConnection } from './read-connection.ts';

export interface ConnectionCache {
  /** As `fetchConnection`. The answer is shared: nobody changes it. */
  fetch(environment: EnvironmentDb, key: ConnectionKey): Promise<LoadedConnection>;
  /** Everything of an environment: something of it was written by this process. */
  forget(environmentId: string): void;
}

const channel = 'connection_changed';
const freshMs = 1_000;
const maxEntries = 10_000;

interface Entry {
  environmentId: string;
  /** undefined: still being read. */
  connectionId: string | undefined;
  found: Promise<LoadedConnection>;
  readAtMs: number;
}

interface CacheOptions {
  now?: () => number;
  read?: typeof fetchConnection;
}

/** @example const cache = createConnectionCache(database); await cache.fetch(environment, key) */
export function createConnectionCache(
  { platform }: Pick<Database, 'platform'>,
  { now = Date.now, read = fetchConnection }: CacheOptions = {},
): ConnectionCache {
  const entries = new Map<string, Entry>();
  let prunedAtMs = 0;
  let listening = false;

  /** `id`: of an environment, or of a connection's row. What is being read may have missed it, and is forgotten too. */
  function drop(id: string): void {
    for (const [name, { environmentId, connectionId }] of entries) {
      if (environmentId === id || connectionId === id || connectionId === undefined) entries.delete(name);
    }
  }

  function listen(): void {
    if (listening) return;
    listening = true;
    listenForChanges(platform, drop, () => entries.clear()).catch(() => {
      listening = false; // the next read tries again; meanwhile a second is the limit
    });
  }

  /** Opened credentials do not stay in memory after their use. */
  function prune(nowMs: number): void {
    if (nowMs - prunedAtMs < freshMs) return;
    prunedAtMs = nowMs;
    for (const [name, { readAtMs }] of entries) if (nowMs - readAtMs >= freshMs) entries.delete(name);
    if (entries.size >= maxEntries) entries.clear();
  }

  function load(
    environment: EnvironmentDb,
    key: ConnectionKey,
    name: string,
    nowMs: number,
  ): Promise<LoadedConnection> {
    prune(nowMs);
    const { environmentId } = environment;
    const found = read(environment, key);
    const entry: Entry = { environmentId, connectionId: undefined, found, readAtMs: nowMs };
    entries.set(name, entry);
    found.then(
      ({ connection }) => {
        entry.connectionId = connection.id;
      },
      () => {
        if (entries.get(name) === entry) entries.delete(name);
      },
    );
    return found;
  }

  return {
    fetch(environment, key) {
      listen();
      const name = JSON.stringify([environment.environmentId, key.providerConfigKey, key.connectionId]);
      const nowMs = now();
      const entry = entries.get(name);
      return entry && nowMs - entry.readAtMs < freshMs ? entry.found : load(environment, key, name, nowMs);
    },
    forget(environmentId) {
      for (const [name, entry] of entries) if (entry.environmentId === environmentId) entries.delete(name);
    },
  };
}

const listenForChanges = (platform: Client, onChange: (id: string) => void, onListening: () => void) =>
  platform.listen(channel, onChange, onListening);
