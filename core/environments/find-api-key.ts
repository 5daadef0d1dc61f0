// From a presented key to its identity, with a cache so short that a revocation counts within a second.
import { hash, timingSafeEqual } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { hashApiKey } from './api-key-format.ts';

export interface FoundKey {
  id: string;
  environmentId: string;
  environmentName: string;
  displayName: string;
  scopes: readonly string[];
}

export interface PresentedKey {
  /** It was good within the last minutes, or somebody is looking. Nobody was asked. */
  isFamiliar: boolean;
  find(): Promise<FoundKey | undefined>;
}

/** Hashes a key at most once, and not at all to see that it is a stranger's. */
export type KeyFinder = (key: string) => PresentedKey;

const freshMs = 900;
const familiarMs = 10 * 60_000;
const usedEveryMs = 10_000;
const maxEntries = 10_000;
/** Of a key, its checksum: strangers' are told apart by it without a hash. */
const tailLength = 6;

interface Entry {
  key: Promise<FoundKey | undefined>;
  readAtMs: number;
}

/** @example const present = createKeyFinder(database); await present('sl_dev_…').find() */
export function createKeyFinder(database: Database, { now = Date.now } = {}): KeyFinder {
  const pepper = database.keys.purpose('api-key');
  const known = new Map<string, Entry>();
  const tails = new Set<string>();
  const usedAtMs = new Map<string, number>();
  const { platform } = database;

  async function read(hmac: Buffer): Promise<FoundKey | undefined> {
    const [row] = await platform<
      { id: string; environment_id: string; name: string; display_name: string; scopes: string[]; hmac: Buffer }[]
    >`SELECT k.id, k.environment_id, e.name, k.display_name, k.scopes, k.hmac
      FROM api_keys k JOIN environments e ON e.id = k.environment_id
      WHERE k.hmac = ${hmac} AND (k.expires_at IS NULL OR k.expires_at > now())`;
    if (!row || !timingSafeEqual(row.hmac, hmac)) return undefined;
    return {
      id: row.id,
      environmentId: row.environment_id,
      environmentName: row.name,
      displayName: row.display_name,
      scopes: row.scopes,
    };
  }

  function noteUse(id: string): void {
    const nowMs = now();
    if (nowMs - (usedAtMs.get(id) ?? 0) < usedEveryMs) return;
    usedAtMs.set(id, nowMs);
    // Nobody waits for it, and a lost one does not matter.
    platform`UPDATE api_keys SET last_used_at = now() WHERE id = ${id}`.catch(() => {});
  }

  function forget(name: string, tail: string): void {
    known.delete(name);
    tails.delete(tail);
  }

  async function find(key: string, name: string, tail: string): Promise<FoundKey | undefined> {
    let entry = known.get(name);
    if (!entry || now() - entry.readAtMs >= freshMs) {
      entry = { key: read(hashApiKey(pepper, key)), readAtMs: now() };
      if (known.size >= maxEntries) {
        known.clear();
        tails.clear();
      }
      known.set(name, entry);
      tails.add(tail);
    }
    try {
      const found = await entry.key;
      if (found) noteUse(found.id);
      else if (known.get(name) === entry) forget(name, tail); // unknown ones are not remembered: they may be made next
      return found;
    } catch (error) {
      if (known.get(name) === entry) forget(name, tail);
      throw error;
    }
  }

  return function present(key) {
    const tail = key.slice(-tailLength);
    let hashed: string | undefined;
    // Memory holds no keys. A tenth of the price of an HMAC, and enough: a key is 256 random bits (122 of the peer's form).
    const name = () => {
      hashed ??= hash('sha256', key, 'base64');
      return hashed;
    };
    return {
      get isFamiliar() {
        if (!tails.has(tail)) return false;
        const entry = known.get(name());
        return entry !== undefined && now() - entry.readAtMs < familiarMs;
      },
      find: () => find(key, name(), tail),
    };
  };
}
