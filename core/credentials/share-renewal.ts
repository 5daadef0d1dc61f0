// One renewal of a connection at a time in this process: callers that come meanwhile share it, and do not eat the locks' pool.
import type { EnvironmentDb } from '../db/database.ts';
import type { RenewalSubject } from './renewal-subject.ts';
import type { CredentialRow } from './store.ts';

type Renew = (environment: EnvironmentDb, subject: RenewalSubject, force: boolean) => Promise<CredentialRow>;

export function createShareRenewal(renew: Renew): Renew {
  const running = new Map<string, { from: number; renewal: Promise<CredentialRow> }>();

  return async function shareRenewal(environment, subject, force) {
    const { connectionId, version } = subject.row;
    const key = `${connectionId} ${force}`;
    for (let current = running.get(key); current; current = running.get(key)) {
      const row = await current.renewal;
      // A forced one that began before the version this caller saw was made is not what it asked for.
      if (!force || current.from >= version || row.version > version) return row;
    }
    const renewal = renew(environment, subject, force).catch((cause: unknown) => {
      // Another holder took longer than we wait: as the row was, it may still serve.
      if (isLockTimeout(cause)) return subject.row;
      throw cause;
    });
    running.set(key, { from: version, renewal });
    try {
      return await renewal;
    } finally {
      running.delete(key);
    }
  };
}

const isLockTimeout = (cause: unknown) => (cause as { code?: unknown } | null)?.code === '55P03';
