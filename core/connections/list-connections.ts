// Connections of an environment, newest first, by filters that all must match.
import { and, desc, eq, exists, ilike, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import { type AnyPgColumn, alias } from 'drizzle-orm/pg-core';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections, connectionTags, credentials, endUsers } from '../db/schema/connections.ts';
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

const other = alias(connectionTags, 'other_tags');

const hasTag = ([key, value]: [string, string], table: { key: AnyPgColumn; value: AnyPgColumn } = connectionTags) =>
  and(eq(table.key, key), eq(table.value, value));

/** By its row's id, which is read first: so the newest of one end user are a range of an index. */
const isOfEndUser = (tx: Transaction, endUserId: string) =>
  sql`${connections.endUserId} = (${tx.select({ id: endUsers.id }).from(endUsers).where(eq(endUsers.endUserId, endUserId))})`;

/** As an array: Postgres would walk through the newest of all instead, and wait for those of the organization to come along. */
const isOfOrganization = (tx: Transaction, organizationId: string) =>
  sql`${connections.endUserId} = ANY (ARRAY(${tx.select({ id: endUsers.id }).from(endUsers).where(eq(endUsers.organizationId, organizationId))}))`;

/** Not a join: for each row of the page, whatever the planner thinks of the filters. */
const needsReauthAt = sql`(
  SELECT ${credentials.needsReauthAt} FROM ${credentials} WHERE ${credentials.connectionId} = ${connections.id}
)`.mapWith(credentials.needsReauthAt);

const isOfIntegrations = (tx: Transaction, uniqueKeys: readonly string[]) => {
  const ids = tx
    .select({ id: integrations.id })
    .from(integrations)
    .where(and(inArray(integrations.uniqueKey, [...uniqueKeys]), isNull(integrations.deletedAt)));
  return uniqueKeys.length === 1
    ? sql`${connections.integrationId} = (${ids})`
    : inArray(connections.integrationId, ids);
};

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
  const [tag, ...moreTags] = Object.entries(tags ?? {});
  const rows = await environment.transaction((tx) => {
    const query = tx
      .select({ connection: connections, integration: integrations, endUser: endUsers, needsReauthAt })
      .from(connections)
      // Each has one; as an inner join Postgres may begin with it, and sort all of its connections for a page.
      .leftJoin(integrations, eq(integrations.id, connections.integrationId))
      .leftJoin(endUsers, eq(endUsers.id, connections.endUserId))
      .$dynamic();
    // A page of a tag is a range of its own index, so it is as fast for the last page as for the first.
    if (tag) query.innerJoin(connectionTags, and(eq(connectionTags.number, connections.number), hasTag(tag)));
    return query
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
          providerConfigKeys && isOfIntegrations(tx, providerConfigKeys),
          ...moreTags.map((more) =>
            exists(
              tx
                .select({ one: sql`1` })
                .from(other)
                .where(and(eq(other.number, connections.number), hasTag(more, other))),
            ),
          ),
          endUserId === undefined ? undefined : isOfEndUser(tx, endUserId),
          organizationId === undefined ? undefined : isOfOrganization(tx, organizationId),
          before === undefined ? undefined : lt(tag ? connectionTags.number : connections.number, before),
        ),
      )
      .orderBy(desc(tag ? connectionTags.number : connections.number))
      .limit(limit + 1)
      .offset(offset);
  });
  const items = rows
    .slice(0, limit)
    .map(({ connection, integration, endUser, needsReauthAt }) =>
      toConnectionListItem(connection, { integration: integration!, endUser, needsReauthAt }),
    );
  return { items, hasMore: rows.length > limit };
}
