// The end user of the app whom a connection belongs to, and the tags that follow from it.
import { uuidv7 } from '../crypto/uuid.ts';
import type { Transaction } from '../db/database.ts';
import { endUsers } from '../db/schema/connections.ts';

export type EndUserRow = typeof endUsers.$inferSelect;

export interface EndUserInput {
  id: string;
  email?: string | undefined;
  displayName?: string | undefined;
  tags?: Record<string, string> | undefined;
  organization?: { id: string; displayName?: string | undefined } | undefined;
}

/** Keyed by the app's own id; what is not given is cleared. */
export async function putEndUser(tx: Transaction, environmentId: string, input: EndUserInput): Promise<EndUserRow> {
  const state = {
    email: input.email ?? null,
    displayName: input.displayName ?? null,
    tags: input.tags ?? null,
    organizationId: input.organization?.id ?? null,
    organizationDisplayName: input.organization?.displayName ?? null,
    updatedAt: new Date(),
  };
  const [row] = await tx
    .insert(endUsers)
    .values({ id: uuidv7(), environmentId, endUserId: input.id, ...state })
    .onConflictDoUpdate({ target: [endUsers.environmentId, endUsers.endUserId], set: state })
    .returning();
  return row!;
}

/** Its own tags, then the fields that are present. @example derivedTags({ id: 'u1' }) // { end_user_id: 'u1' } */
export function derivedTags({ id, email, displayName, tags, organization }: EndUserInput): Record<string, string> {
  return {
    ...tags,
    end_user_id: id,
    ...(email !== undefined && { end_user_email: email }),
    ...(displayName !== undefined && { end_user_display_name: displayName }),
    ...(organization && { organization_id: organization.id }),
    ...(organization?.displayName !== undefined && { organization_display_name: organization.displayName }),
  };
}
