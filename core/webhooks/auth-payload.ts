// The body of an `auth` event, and its name: what the app is told of a connection. Pure, because connections write it by Drizzle and
// renewals by the client that holds the credential's lock.

export type AuthOperation = 'creation' | 'override' | 'refresh' | 'deletion';

export interface AuthFacts {
  operation: AuthOperation;
  /** The caller's own id. */
  connectionId: string;
  tags: Record<string, string>;
  integration: { uniqueKey: string; provider: string };
  /** Auth mode, `unknown` when nobody knows it any more. */
  authMode: string;
  /** Name of the environment. */
  environment: string;
  endUser?:
    | {
        endUserId: string;
        email: string | null;
        organizationId: string | null;
        tags: Record<string, string> | null;
      }
    | null
    | undefined;
  /** Why there is no such connection, or none that works. */
  failure?: { type: string; description: string } | undefined;
  occurredAt: Date;
}

const names: Record<AuthOperation, { success: string; failure: string }> = {
  creation: { success: 'connection.created', failure: 'connection.failed' },
  override: { success: 'connection.reconnected', failure: 'connection.reconnected' },
  refresh: { success: 'connection.recovered', failure: 'connection.refresh_failed' },
  deletion: { success: 'connection.deleted', failure: 'connection.deleted' },
};

/** @example authEventName({ operation: 'refresh' }) // 'connection.recovered' */
export const authEventName = ({ operation, failure }: Pick<AuthFacts, 'operation' | 'failure'>): string =>
  names[operation][failure ? 'failure' : 'success'];

export function authPayload({ integration, endUser, failure, occurredAt, ...facts }: AuthFacts) {
  return {
    from: 'nango', // receivers test it
    type: 'auth',
    operation: facts.operation,
    connectionId: facts.connectionId,
    authMode: facts.authMode,
    providerConfigKey: integration.uniqueKey,
    provider: integration.provider,
    environment: facts.environment,
    success: failure === undefined,
    ...(failure && { error: failure }),
    tags: facts.tags,
    ...(endUser && {
      endUser: {
        endUserId: endUser.endUserId,
        endUserEmail: endUser.email,
        ...(endUser.organizationId !== null && { organizationId: endUser.organizationId }),
        tags: endUser.tags ?? {},
      },
    }),
    occurredAt: occurredAt.toISOString(),
  };
}
