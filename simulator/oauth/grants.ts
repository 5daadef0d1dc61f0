// What the authorization server remembers: codes, grants, and the access and refresh tokens that came from them.
import { randomBytes } from 'node:crypto';
import type { OAuthOptions } from './options.ts';

export interface Grant {
  id: string;
  clientId: string;
  scope: string;
  active: boolean;
  /** Refreshes so far. */
  generation: number;
  /** Why it ended. */
  endedBy?: 'revoked' | 'refresh_token_reuse' | 'code_reuse';
}

export interface Code {
  code: string;
  clientId: string;
  redirectUri: string;
  scope: string;
  challenge: string | undefined;
  expiresAtMs: number;
  /** The grant it was exchanged for; a second exchange ends that. */
  grantId?: string;
}

export interface TokenPair {
  accessToken: string;
  refreshToken: string | undefined;
  expiresInSeconds: number;
  scope: string;
}

interface RefreshToken {
  grantId: string;
  usedAtMs?: number;
}

export type RefreshOutcome =
  | { outcome: 'issued'; tokens: TokenPair; grant: Grant }
  | { outcome: 'unknown' | 'ended' | 'reuse'; grant: Grant | undefined };

export type Grants = ReturnType<typeof createGrants>;

const codeTtlMs = 60_000;
const maxRemembered = 500_000;

export function createGrants(options: () => OAuthOptions, now: () => number = Date.now) {
  const codes = new Map<string, Code>();
  const grants = new Map<string, Grant>();
  const accessTokens = new Map<string, { grantId: string; expiresAtMs: number }>();
  const refreshTokens = new Map<string, RefreshToken>();

  function createGrant(clientId: string, scope: string): Grant {
    const grant: Grant = { id: token('gr'), clientId, scope, active: true, generation: 0 };
    return remember(grants, grant.id, grant);
  }

  function issue(
    grant: Grant,
    refreshToken = createRefreshToken(grant),
    ttlSeconds = options().accessTokenTtlSeconds,
  ): TokenPair {
    const accessToken = token('at');
    remember(accessTokens, accessToken, { grantId: grant.id, expiresAtMs: now() + ttlSeconds * 1000 });
    return { accessToken, refreshToken, expiresInSeconds: ttlSeconds, scope: grant.scope };
  }

  function createRefreshToken(grant: Grant): string | undefined {
    if (!options().issueRefreshToken) return undefined;
    const refreshToken = token('rt');
    remember(refreshTokens, refreshToken, { grantId: grant.id });
    return refreshToken;
  }

  function end(grant: Grant, endedBy: NonNullable<Grant['endedBy']>): void {
    grant.active = false;
    grant.endedBy ??= endedBy;
  }

  function refresh(presented: string, clientId: string): RefreshOutcome {
    const known = refreshTokens.get(presented);
    const grant = known && grants.get(known.grantId);
    if (!known || !grant || grant.clientId !== clientId) return { outcome: 'unknown', grant: undefined };
    if (!grant.active) return { outcome: 'ended', grant };
    const { rotation, graceSeconds } = options();
    if (rotation === 'none') {
      grant.generation += 1;
      return { outcome: 'issued', grant, tokens: { ...issue(grant, presented), refreshToken: undefined } };
    }
    const graceMs = rotation === 'grace' ? graceSeconds * 1000 : -1;
    if (known.usedAtMs !== undefined && now() - known.usedAtMs > graceMs) {
      end(grant, 'refresh_token_reuse');
      return { outcome: 'reuse', grant };
    }
    known.usedAtMs ??= now();
    grant.generation += 1;
    return { outcome: 'issued', grant, tokens: issue(grant) };
  }

  return {
    createCode(details: Omit<Code, 'code' | 'expiresAtMs'>): string {
      const code: Code = { ...details, code: token('ac'), expiresAtMs: now() + codeTtlMs };
      return remember(codes, code.code, code).code;
    },
    findCode(code: string): Code | undefined {
      const known = codes.get(code);
      return known && now() < known.expiresAtMs ? known : undefined;
    },
    findGrant: (id: string): Grant | undefined => grants.get(id),
    createGrant,
    issue,
    refresh,
    end,
    /** The grant of a token that is good now. */
    findAccessToken(accessToken: string): string | undefined {
      const known = accessTokens.get(accessToken);
      if (!known || now() >= known.expiresAtMs || !grants.get(known.grantId)?.active) return undefined;
      return known.grantId;
    },
    grantOf(anyToken: string): Grant | undefined {
      return grants.get((accessTokens.get(anyToken) ?? refreshTokens.get(anyToken))?.grantId ?? '');
    },
    /** Would this refresh token be taken? Changes nothing: a checker's question, "is this connection lost?". */
    isUsable(refreshToken: string): boolean {
      const known = refreshTokens.get(refreshToken);
      if (!known || !grants.get(known.grantId)?.active) return false;
      const { rotation, graceSeconds } = options();
      if (rotation === 'none' || known.usedAtMs === undefined) return true;
      return rotation === 'grace' && now() - known.usedAtMs <= graceSeconds * 1000;
    },
    expireAccessTokens(): void {
      for (const known of accessTokens.values()) known.expiresAtMs = 0;
    },
    forgetAccessToken: (accessToken: string): boolean => accessTokens.delete(accessToken),
    list: (): Grant[] => [...grants.values()],
    clear(): void {
      for (const map of [codes, grants, accessTokens, refreshTokens]) map.clear();
    },
  };
}

/** 256 bits; the prefix says in a leak scan what was found. */
const token = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`;

function remember<T>(map: Map<string, T>, key: string, value: T): T {
  if (map.size >= maxRemembered) map.delete(map.keys().next().value ?? '');
  map.set(key, value);
  return value;
}
