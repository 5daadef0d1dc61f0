// A connection as the outside sees it: in lists, alone, and in what functions get.
import { type Credential, credentialView } from '../credentials/credential.ts';
import { reauthLogId } from '../credentials/tell-renewal.ts';
import type { ConnectionError, connections } from '../db/schema/connections.ts';
import type { EndUserRow } from './end-user.ts';

export type ConnectionRow = typeof connections.$inferSelect;

export interface EndUserView {
  id: string;
  display_name: string | null;
  email: string | null;
  tags: Record<string, string> | null;
  organization: { id: string; display_name: string | null } | null;
}

export interface ConnectionListItem {
  id: number;
  connection_id: string;
  provider_config_key: string;
  provider: string;
  errors: ConnectionError[];
  end_user: EndUserView | null;
  tags: Record<string, string>;
  metadata: Record<string, unknown>;
  created: string;
}

export interface ConnectionView extends Omit<ConnectionListItem, 'created'> {
  connection_config: Record<string, unknown>;
  webhook_url_override: string | null;
  created_at: string;
  updated_at: string;
  last_fetched_at: string | null;
  credentials: Record<string, unknown>;
}

interface Owner {
  integration: { uniqueKey: string; provider: string };
  endUser: EndUserRow | null;
  /** Of the credential. */
  needsReauthAt: Date | null;
}

export const toEndUserView = (row: EndUserRow): EndUserView => ({
  id: row.endUserId,
  display_name: row.displayName,
  email: row.email,
  tags: row.tags,
  organization:
    row.organizationId === null ? null : { id: row.organizationId, display_name: row.organizationDisplayName },
});

/**
 * Whether the user is needed is the credential's to say, because a renewal must not wait for the connection's row: the row has
 * an `auth` error only for functions that refused a new credential, and it counts for as long as the credential says so.
 */
function errorsOf({ id, errors }: ConnectionRow, needsReauthAt: Date | null): ConnectionError[] {
  if (!needsReauthAt) return errors.filter(({ type }) => type !== 'auth');
  if (errors.some(({ type }) => type === 'auth')) return errors;
  return [...errors, { type: 'auth', log_id: reauthLogId(id, needsReauthAt) }];
}

const shared = (row: ConnectionRow, { integration, endUser, needsReauthAt }: Owner) => ({
  id: row.number,
  connection_id: row.connectionId,
  provider_config_key: integration.uniqueKey,
  provider: integration.provider,
  errors: errorsOf(row, needsReauthAt),
  end_user: endUser && toEndUserView(endUser),
  tags: row.tags,
  metadata: row.metadata,
});

export const toConnectionListItem = (row: ConnectionRow, owner: Owner): ConnectionListItem => ({
  ...shared(row, owner),
  created: row.createdAt.toISOString(),
});

/** `credential` null: the reader may not see it. */
export const toConnectionView = (
  row: ConnectionRow,
  { credential, refreshToken = false, ...owner }: Owner & { credential: Credential | null; refreshToken?: boolean },
): ConnectionView => ({
  ...shared(row, owner),
  connection_config: row.connectionConfig,
  webhook_url_override: row.webhookUrlOverride,
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
  last_fetched_at: row.lastFetchedAt?.toISOString() ?? null,
  credentials: credential ? credentialView(credential, { refreshToken }) : {},
});
