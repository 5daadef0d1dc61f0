// Tokens of a login: issued with what they stand for, over after a while, or when a test says so.
import { randomBytes } from 'node:crypto';

export type Holder = Record<string, unknown>;

export type Tokens = ReturnType<typeof createTokens>;

const maxRemembered = 100_000;

export function createTokens(prefix = 'tk', now: () => number = Date.now) {
  const known = new Map<string, { holder: Holder; endsAtMs: number }>();
  const tokens = {
    /** Of the next ones. */
    ttlSeconds: 3600,
    issued: 0,
    issue(holder: Holder): string {
      const token = `${prefix}_${randomBytes(24).toString('base64url')}`;
      if (known.size >= maxRemembered) known.delete(known.keys().next().value ?? '');
      known.set(token, { holder, endsAtMs: now() + tokens.ttlSeconds * 1000 });
      tokens.issued += 1;
      return token;
    },
    /** undefined: unknown or over. */
    find(token: string): Holder | undefined {
      const found = known.get(token);
      return found && now() < found.endsAtMs ? found.holder : undefined;
    },
    /** It can be used once. */
    take(token: string): Holder | undefined {
      const holder = tokens.find(token);
      known.delete(token);
      return holder;
    },
    expire(): void {
      for (const one of known.values()) one.endsAtMs = 0;
    },
    clear(): void {
      known.clear();
      tokens.issued = 0;
      tokens.ttlSeconds = 3600;
    },
  };
  return tokens;
}
