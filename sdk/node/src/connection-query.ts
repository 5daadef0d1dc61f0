// The query of `GET /connections`.
import { csv, type Query } from './query.ts';
import type { ConnectionFilter } from './types/connections.ts';

/** Tags that the API derives from an end user, under the names that callers know. */
const derived: Record<string, string> = { displayname: 'end_user_display_name', email: 'end_user_email' };

export function connectionQuery({ userId, endUserId, integrationId, tags, ...rest }: ConnectionFilter): Query {
  const named = Object.entries(tags ?? {}).map(([name, value]) => {
    const key = name.toLowerCase();
    return [`tags[${derived[key] ?? key}]`, value] as const;
  });
  return { ...rest, endUserId: endUserId ?? userId, integrationId: csv(integrationId), ...Object.fromEntries(named) };
}
