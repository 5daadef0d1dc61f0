// What a client is made with.

export interface SynclineOptions {
  /** Default `http://localhost:3003`. */
  host?: string | undefined;
  /** A key of one environment; `apiKey` and `secretKey` are two names of one thing. */
  apiKey?: string | undefined;
  secretKey?: string | undefined;
  /** For `verifyIncomingWebhookRequest`: the environment's signing key. */
  webhookSigningKey?: string | undefined;
  /** Used where a call names no connection. */
  connectionId?: string | undefined;
  /** Used where a call names no integration. */
  providerConfigKey?: string | undefined;
  /** Marks for the logs. */
  isSync?: boolean | undefined;
  isScript?: boolean | undefined;
  dryRun?: boolean | undefined;
  activityLogId?: string | undefined;
  /**
   * The longest that a call may take, repeats included. Default 60,000, and 300,000 for actions and proxied calls. Node's `fetch`
   * gives up after 300 s without an answer, whatever stands here; another `fetch` need not.
   */
  timeoutMs?: number | undefined;
  /** Repeats of reads that were refused with 429 or 503. Default 2; 0 for none. */
  maxRetries?: number | undefined;
  /** Ends calls early; they throw its reason. */
  signal?: AbortSignal | undefined;
  /** Instead of the global one: for a proxy, a pool, a test. */
  fetch?: typeof fetch | undefined;
}

/** What `with` may change for some calls. */
export type CallOptions = Pick<
  SynclineOptions,
  'timeoutMs' | 'maxRetries' | 'signal' | 'connectionId' | 'providerConfigKey' | 'activityLogId'
>;

/** @throws TypeError without a key, or with two */
export function keyOf({ apiKey, secretKey }: SynclineOptions): string {
  if (apiKey !== undefined && secretKey !== undefined)
    throw new TypeError('Give either apiKey or secretKey: they are two names of one thing.');
  const key = apiKey ?? secretKey;
  if (!key) throw new TypeError('A key is needed: new Syncline({ apiKey }).');
  return key;
}
