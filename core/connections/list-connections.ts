// Connections of an environment, newest first, by filters that all must match.
import { and, desc, eq, ilike, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections, endUsers } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { type ConnectionListItem, toConnectionListItem } from './connection-view.ts';

export interface ConnectionFilter {
  connectionId?: string | undefined;
  /** Part of a connection id or of an end user's fields. */
  search?: string | undefined;
  providerConfigKeys?: readonly string[] | undefined;
  tags?: Record<string, string> | undefined;
  endUserId?: string | undefined;
  organizationId?: string | undefined;
  limit: number;
  offset?: number | undefined;
  /** Number of the last one seen. */
  before?: number | undefined;
}

const like = (part: string) => `%${part.replace(/[\\%_]/g, '\\$&')}%`;

export async function listConnections(
  environment: EnvironmentDb,
  {
    connectionId,
    search,
    providerConfigKeys,
    tags,
    endUserId,
    organizationId,
    limit,
    offset = 0,
    before,
  }: ConnectionFilter,
): Promise<{ items: ConnectionListItem[]; hasMore: boolean }> {
  const part = search === undefined ? undefined : like(search);
  const rows = await environment.transaction((tx) =>
    tx
      .select({ connection: connections, integration: integrations, endUser: endUsers })
      .from(connections)
      .innerJoin(integrations, eq(integrations.id, connections.integrationId))
      .leftJoin(endUsers, eq(endUsers.id, connections.endUserId))
      .where(
        and(
          isNull(connections.deletedAt),
          connectionId === undefined ? undefined : eq(connections.connectionId, connectionId),
          part === undefined
            ? undefined
            : or(
                ilike(connections.connectionId, part),
                ilike(endUsers.endUserId, part),
                ilike(endUsers.email, part),
                ilike(endUsers.displayName, part),
              ),
          providerConfigKeys && inArray(integrations.uniqueKey, [...providerConfigKeys]),
          tags && sql`${connections.tags} @> ${JSON.stringify(tags)}::jsonb`,
          endUserId === undefined ? undefined : eq(endUsers.endUserId, endUserId),
          organizationId === undefined ? undefined : eq(endUsers.organizationId, organizationId),
          before === undefined ? undefined : lt(connections.number, before),
        ),
      )
      .orderBy(desc(connections.number))
      .limit(limit + 1)
      .offset(offset),
  );
  const items = rows
    .slice(0, limit)
    .map(({ connection, integration, endUser }) => toConnectionListItem(connection, { integration, endUser }));
  return { items, hasMore: rows.length > limit };
}
