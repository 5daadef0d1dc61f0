// A reader that follows the cursors of all accounts while everything happens, and keeps what it was told.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../conformance/api.ts';
import { readRecords, type StoredRecord } from '../e2e/syncs.ts';
import type { Account } from './accounts.ts';

export interface Replica {
  rows: Map<string, StoredRecord>;
  deliveries: number;
  /** Told again what it knew already. */
  repeats: number;
  /** Told an older revision than it knew. */
  regressions: number;
  /** Reads to the end of every stream and stops. */
  finish(): Promise<void>;
}

export const contentOf = ({ _nango_metadata: _, ...content }: StoredRecord): string => canonical(content);

/** Keys sorted: only content counts. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

export function followAccounts(api: Api, accounts: readonly Account[]): Replica {
  const rows: Replica['rows'] = new Map();
  const cursors = new Map<string, string>();
  const stopped = new AbortController();

  async function read(account: Account): Promise<void> {
    const cursor = cursors.get(account.connection);
    const page = await readRecords(api, account, { limit: 200, ...(cursor !== undefined && { cursor }) });
    for (const record of page) take(record);
    const last = page.at(-1)?._nango_metadata.cursor;
    if (last !== undefined) cursors.set(account.connection, last);
  }

  function take(record: StoredRecord): void {
    const known = rows.get(record.id);
    replica.deliveries++;
    if (known && contentOf(known) === contentOf(record)) replica.repeats++;
    if (known && Number(known['revision']) > Number(record['revision'])) replica.regressions++;
    rows.set(record.id, record);
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      for (const account of accounts) {
        if (stopped.signal.aborted) return;
        await read(account);
        await sleep(20);
      }
    }
  }

  const following = follow();
  following.catch(() => {}); // told by `finish`
  const replica: Replica = {
    rows,
    deliveries: 0,
    repeats: 0,
    regressions: 0,
    async finish() {
      stopped.abort();
      await following;
      for (const account of accounts) await read(account);
    },
  };
  return replica;
}
