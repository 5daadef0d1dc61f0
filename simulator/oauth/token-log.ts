// Every request to the token endpoint, with what came of it: shows lost tokens and refreshes that overlapped.

export interface TokenEntry {
  seq: number;
  startedAt: string;
  grantType: string;
  clientId: string;
  grantId?: string;
  /** The grant's number of refreshes after this request. */
  generation?: number;
  /** `issued`, or the OAuth error. */
  outcome: string;
  /** What only the server knows. */
  reason?: 'reuse' | 'ended' | 'unknown' | 'expired_code' | 'pkce' | 'redirect_uri';
  /** A PKCE verifier came along. */
  withVerifier: boolean;
  /** Another request for the same grant had not been answered yet (R9). */
  overlapped: boolean;
  /** False while it is under way. */
  answered: boolean;
}

export type TokenLog = ReturnType<typeof createTokenLog>;

export function createTokenLog(limit = 100_000) {
  let entries: TokenEntry[] = [];
  const underWay = new Map<string, number>();
  let seq = 0;

  return {
    begin(entry: Omit<TokenEntry, 'seq' | 'startedAt' | 'overlapped' | 'answered'>): () => void {
      seq += 1;
      const { grantId } = entry;
      const others = grantId === undefined ? 0 : (underWay.get(grantId) ?? 0);
      const logged: TokenEntry = {
        seq,
        startedAt: new Date().toISOString(),
        ...entry,
        overlapped: others > 0,
        answered: false,
      };
      entries.push(logged);
      if (entries.length > limit * 1.25) entries = entries.slice(-limit);
      if (grantId !== undefined) underWay.set(grantId, others + 1);
      return function finish() {
        logged.answered = true;
        if (grantId === undefined) return;
        const left = (underWay.get(grantId) ?? 1) - 1;
        if (left > 0) underWay.set(grantId, left);
        else underWay.delete(grantId);
      };
    },
    list({ after = 0, limit: wanted = 1000 }: { after?: number; limit?: number } = {}): TokenEntry[] {
      return entries.filter((entry) => entry.seq > after).slice(0, wanted);
    },
    count: (outcome?: string): number =>
      outcome === undefined ? entries.length : entries.filter((entry) => entry.outcome === outcome).length,
    get overlapped(): number {
      return entries.filter((entry) => entry.overlapped).length;
    },
    clear(): void {
      entries = [];
      underWay.clear();
    },
  };
}
