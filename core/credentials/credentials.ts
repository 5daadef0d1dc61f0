// The credential to send now, for everybody who needs one: the stored one, renewed first when it is due.
import type { Catalogue } from '../../providers/load.ts';
import type { Database, EnvironmentDb } from '../db/database.ts';
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import { type Credential, isRenewable } from './credential.ts';
import { keepRenewalMetadata } from './keep-renewal-metadata.ts';
import { createRefresh, type ReadAnswers, type Refresh } from './refresh.ts';
import { renewalError } from './renewal-error.ts';
import { loadSubject, type RenewalSubject } from './renewal-subject.ts';
import { isDue } from './renewal-time.ts';
import { createSendTokenRequest } from './send-token-request.ts';
import { createShareRenewal } from './share-renewal.ts';
import { type CredentialRow, openCredential, type StoredCredential } from './store.ts';

export interface FreshCredential {
  credential: Credential;
  /** A renewal raises it. 0: the connection has no credential. */
  version: number;
  /** null: not known. */
  expiresAt: Date | null;
}

export interface ReadCredential {
  /** null: the connection has none. */
  row: StoredCredential | null;
  /** Name of the catalogue's entry. */
  provider: string;
  /** The row's, when it is open already. */
  credential?: Credential;
}

export interface Credentials {
  /**
   * Renews when due, or at once with `force` (after an upstream 401; the caller must want a new token or an error). While
   * the token is valid, a renewal that fails before its time is not the caller's business.
   * @param connectionId our uuid
   * @param read what the caller has read in this moment: not read again while it is good
   * @throws SynclineError 424 `connection_refresh_backoff` (with `retryAfterMs`), 424 `connection_refresh_exhausted`;
   * 404 `unknown_connection`
   */
  fresh(
    environment: EnvironmentDb,
    wanted: { connectionId: string; force?: boolean | undefined; read?: ReadCredential | undefined },
  ): Promise<FreshCredential>;
  /** Before a run: renews when due. What may work later is no reason to stop. @throws SynclineError `connection_refresh_exhausted` */
  refresh(environmentId: string, connectionId: string): Promise<void>;
}

export interface CredentialsDeps {
  database: Database;
  catalogue: Pick<Catalogue, 'get'>;
  egress: Egress;
  /** ms; for tests. */
  now?: () => number;
  random?: () => number;
  /** For the tests of a crash between the journal and the parser. */
  read?: ReadAnswers;
}

/** Needs `installGlobalFetch(egress)`. @example const { credential } = await credentials.fresh(environment, { connectionId }); */
export function createCredentials({
  database,
  catalogue,
  egress,
  now = Date.now,
  random = Math.random,
  read = (exchange, answers) => exchange.read(answers),
}: CredentialsDeps): Credentials {
  const refresh = createRefresh({ send: createSendTokenRequest(egress), read, now, random });
  const share = createShareRenewal(renew);

  /** Twice only when the first found the answer of a process that died, and that token is already due again. */
  async function renew(environment: EnvironmentDb, subject: RenewalSubject, force: boolean): Promise<CredentialRow> {
    const first = await refreshOnce(refresh, environment, subject, force);
    const again = first.version > subject.row.version && !force && due({ ...subject, row: first }) && isExpired(first);
    const last = again ? await refreshOnce(refresh, environment, { ...subject, row: first }, force) : first;
    if (last.version > subject.row.version)
      await keepRenewalMetadata(environment, subject, openCredential(environment.cipher, last));
    return last;
  }

  const refreshOnce = (run: Refresh, environment: EnvironmentDb, subject: RenewalSubject, force: boolean) =>
    run(environment, subject, {
      wanted: (row) => mayTry(row, force) && (force ? row.version === subject.row.version : due({ ...subject, row })),
    });

  const due = ({ row, provider }: { row: StoredCredential; provider: RenewalSubject['provider'] }) =>
    isDue(row, { entry: provider ?? {}, nowMs: now() });
  const isExpired = ({ expiresAt }: CredentialRow) => expiresAt !== null && expiresAt.getTime() <= now();

  /** Nobody tries during a pause. `force` only says that the user may have mended what was refused for good. */
  const mayTry = ({ needsReauthAt, backoffUntil }: CredentialRow, force: boolean) =>
    (force || needsReauthAt === null) && (backoffUntil === null || backoffUntil.getTime() <= now());

  const view = ({ cipher }: EnvironmentDb, row: StoredCredential): FreshCredential => ({
    credential: openCredential(cipher, row),
    version: row.version,
    expiresAt: row.expiresAt,
  });

  async function fresh(
    environment: EnvironmentDb,
    { connectionId, force = false, read }: Parameters<Credentials['fresh']>[1],
  ): Promise<FreshCredential> {
    if (read && !force) {
      if (!read.row) return { credential: { type: 'NONE' }, version: 0, expiresAt: null };
      if (!due({ row: read.row, provider: catalogue.get(read.provider) })) {
        const { version, expiresAt } = read.row;
        return read.credential ? { credential: read.credential, version, expiresAt } : view(environment, read.row);
      }
    }
    const subject = await loadSubject(environment, catalogue, connectionId);
    if (!subject) return { credential: { type: 'NONE' }, version: 0, expiresAt: null };
    const stored = view(environment, subject.row);
    // Without a provider's entry or a refresh token there is nothing to try: the upstream judges what we have.
    if (!subject.provider || !isRenewable(stored.credential) || !(force || due(subject))) return stored;
    const row = mayTry(subject.row, force) ? await share(environment, subject, force) : subject.row;
    if (row.version > subject.row.version) return view(environment, row);
    if (!force && !isExpired(row)) return stored;
    throw await renewalError(environment, { ...subject, row }, now());
  }

  return {
    fresh,
    async refresh(environmentId, connectionId) {
      try {
        await fresh(await database.forEnvironment(environmentId), { connectionId });
      } catch (cause) {
        if (!(cause instanceof SynclineError && cause.code === 'connection_refresh_backoff')) throw cause;
      }
    },
  };
}
