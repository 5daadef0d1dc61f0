// The `nango` object: what a running function may call. One base surface; syncs and webhook functions add records.
import type { output, ZodType } from 'zod';
import type { ActionError } from './action-error.ts';
import type { Connection, Credentials, Integration } from './connection.ts';
import type { ProxyConfiguration, ProxyResponse } from './http.ts';
import type { CheckpointOf, MetadataOf, ModelName, Models, RecordOf, Undeclared } from './infer.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'off' | 'verbose' | 'silly' | 'http';
export interface LogOptions {
  level?: LogLevel;
}

type WithoutMethod = Omit<ProxyConfiguration, 'method'> & { method?: ProxyConfiguration['method'] };
type RawToken = string | { oAuthToken: string; oAuthTokenSecret: string } | Credentials;

export type SyncRef = string | { name: string; variant: string };
export interface TriggerSyncOptions {
  reset?: boolean;
  /** With `reset` only: records are removed first and every one comes back as added. */
  emptyCache?: boolean;
}
type LegacySyncMode = 'incremental' | 'full_refresh' | 'full_refresh_and_clear_cache' | boolean;

/** What every kind of function gets. */
interface NangoBase<TMetadata, TCheckpoint> {
  readonly connectionId: string;
  readonly providerConfigKey: string;
  readonly provider?: string;
  readonly environmentId: number;
  readonly environmentName?: string;
  readonly scriptType: 'sync' | 'action' | 'webhook' | 'on-event';
  /** True in a dry run. */
  readonly isCLI: boolean;
  readonly activityLogId: string;
  readonly logger: { level: LogLevel };
  /** Aborted when the run is stopped; its process ends a moment later, and nothing but `log` is answered until then. */
  readonly abortSignal: AbortSignal;
  readonly ActionError: typeof ActionError;

  /** Rejects with a `ProxyError` for any status outside 200–299. */
  proxy<T = Undeclared>(config: ProxyConfiguration): Promise<ProxyResponse<T>>;
  get<T = Undeclared>(config: WithoutMethod): Promise<ProxyResponse<T>>;
  post<T = Undeclared>(config: WithoutMethod): Promise<ProxyResponse<T>>;
  put<T = Undeclared>(config: WithoutMethod): Promise<ProxyResponse<T>>;
  patch<T = Undeclared>(config: WithoutMethod): Promise<ProxyResponse<T>>;
  delete<T = Undeclared>(config: WithoutMethod): Promise<ProxyResponse<T>>;
  /** One page of rows at a time; `retries` counts for each page. */
  paginate<T = Undeclared>(config: ProxyConfiguration): AsyncGenerator<T[], undefined, void>;
  /**
   * A request without the connection's credential; no retries. The global `fetch` is the same.
   * Throws an `ActionError` (`url_not_allowed`, `too_many_redirects`, `invalid_redirect`), or as `fetch` does.
   */
  uncontrolledFetch(options: {
    url: URL | string;
    method?: string;
    headers?: Record<string, string> | undefined;
    body?: string | null;
  }): Promise<Response>;

  getConnection(
    providerConfigKey?: string,
    connectionId?: string,
    options?: { forceRefresh?: boolean; refreshToken?: boolean; refreshGithubAppJwtToken?: boolean },
  ): Promise<Connection<MetadataOf<TMetadata>>>;
  getToken(): Promise<RawToken>;
  getIntegration(options?: { include?: ('webhook' | 'credentials')[] }): Promise<Integration>;
  /** `{}` when never set. */
  getMetadata<T = MetadataOf<TMetadata>>(): Promise<T>;
  /** Replaces. */
  setMetadata(metadata: MetadataOf<TMetadata>): Promise<ProxyResponse>;
  /** Merges key by key, at the top level only. */
  updateMetadata(metadata: Partial<MetadataOf<TMetadata>>): Promise<ProxyResponse>;
  /** null when the provider takes no webhooks. */
  getWebhookURL(): Promise<string | null | undefined>;
  /** `[]` when there are none. */
  getEnvironmentVariables(): Promise<{ name: string; value: string }[] | null>;
  /** Given with the deploy. */
  getFlowAttributes<T = Undeclared>(): T | null;
  /** @deprecated Use `getMetadata`: this is what stands there under `fieldMapping`. */
  getFieldMapping(): Promise<Undeclared>;
  /** @deprecated Use `setMetadata`. */
  setFieldMapping(mapping: Record<string, string>): Promise<ProxyResponse>;

  /** Message, then a payload, then `{ level }`; each part may be left out. Never fails the function. */
  log(...parts: unknown[]): Promise<void>;
  setLogger(options: { level: LogLevel }): void;

  /** Waits for the output. Rejects with a `ProxyError` whose `response` is what the API would answer. */
  triggerAction<T = Undeclared>(
    providerConfigKey: string,
    connectionId: string,
    actionName: string,
    input?: unknown,
  ): Promise<T>;
  /** On this connection. */
  triggerAction<T = Undeclared>(actionName: string, input?: object): Promise<T>;
  /** One run now; during a run, one more after it. */
  triggerSync(
    providerConfigKey: string,
    connectionId: string,
    sync: SyncRef,
    options?: TriggerSyncOptions | LegacySyncMode,
  ): Promise<void>;
  /** Follows the schedule again. Without a connection: of every connection. */
  startSync(providerConfigKey: string, syncs: SyncRef[], connectionId?: string): Promise<void>;

  /** False when another execution holds it; never waits. Released when the execution ends; a run keeps it through a crash. */
  tryAcquireLock(lock: { key: string; ttlMs: number }): Promise<boolean>;
  /** True when this execution held it. */
  releaseLock(lock: { key: string }): Promise<boolean>;
  releaseAllLocks(): Promise<void>;

  /** Throws an `ActionError` that lists what does not match. */
  zodValidateInput<Schema extends ZodType>(options: {
    zodSchema: Schema;
    input: unknown;
  }): Promise<{ success: true; data: output<Schema> }>;

  /** null before the first save, after a clear and after a reset. */
  getCheckpoint(): Promise<CheckpointOf<TCheckpoint> | null>;
  /** At most 16 fields: strings up to 4,000 characters, finite numbers, booleans; dates become text. Commits with every record saved before it. */
  saveCheckpoint(checkpoint: CheckpointOf<TCheckpoint>): Promise<void>;
  /** Seen at once, committed when the run ends. */
  clearCheckpoint(): Promise<void>;
}

/** The object that an action's `exec` gets. */
export interface NangoAction<TMetadata = Undeclared, TCheckpoint = Undeclared>
  extends NangoBase<TMetadata, TCheckpoint> {}

/** The object that an on-event function's `exec` gets. */
export interface NangoEvent<TMetadata = Undeclared, TCheckpoint = Undeclared>
  extends NangoBase<TMetadata, TCheckpoint> {}

export type StoredRecord<T> = T & {
  _nango_metadata: {
    first_seen_at: string;
    last_modified_at: string;
    last_action: 'ADDED' | 'UPDATED' | 'DELETED';
    deleted_at: string | null;
    cursor: string;
    pruned_at: string | null;
  };
};

interface WithId {
  id: string | number;
}

/** Scripts compute optional fields: one that is `undefined` changes nothing. */
type Changes<T> = { [K in keyof T]?: T[K] | undefined };

/** The object that a sync's `exec` and `onWebhook` get. */
export interface NangoSync<TModels = Models, TMetadata = Undeclared, TCheckpoint = Undeclared>
  extends NangoBase<TMetadata, TCheckpoint> {
  readonly variant: string;
  /** Start of the last successful run. */
  readonly lastSyncDate?: Date;
  readonly syncId?: string;
  readonly syncJobId?: number;
  readonly track_deletes?: boolean;
  readonly emptyCache?: boolean;

  /** Upserts by `id`; content that did not change is no change. */
  batchSave<Name extends ModelName<TModels>>(records: RecordOf<TModels, Name>[], model: Name): Promise<boolean>;
  /** Deep-merges into records that exist; others are ignored. */
  batchUpdate<Name extends ModelName<TModels>>(
    records: (Changes<RecordOf<TModels, Name>> & WithId)[],
    model: Name,
  ): Promise<boolean>;
  /** Marks as deleted; the last content stays readable. */
  batchDelete<Name extends ModelName<TModels>>(
    records: (WithId & { deletedAt?: string | Date })[],
    model: Name,
  ): Promise<boolean>;
  /** @deprecated The old name of `batchSave`. */
  batchSend<Name extends ModelName<TModels>>(records: RecordOf<TModels, Name>[], model: Name): Promise<boolean>;
  /** Deleted ones too; ids that are not stored are absent. */
  getRecordsByIds<Id extends string | number, Name extends ModelName<TModels>>(
    ids: Id[],
    model: Name,
  ): Promise<Map<Id, StoredRecord<RecordOf<TModels, Name>>>>;
  /** @deprecated The old name of `getRecordsByIds`. */
  getRecordsById<Id extends string | number, Name extends ModelName<TModels>>(
    ids: Id[],
    model: Name,
  ): Promise<Map<Id, StoredRecord<RecordOf<TModels, Name>>>>;
  /** In the order of changes, deleted ones too, up to where the stream is when the list begins. */
  listRecords<Name extends ModelName<TModels>>(
    model: Name,
    options?: { cursor?: string },
  ): AsyncGenerator<StoredRecord<RecordOf<TModels, Name>>, undefined, void>;

  /** Opens the window in which everything that still exists must be saved. */
  trackDeletesStart(model: ModelName<TModels>): Promise<void>;
  /** What was not saved since the start is deleted when the run succeeds. */
  trackDeletesEnd(model: ModelName<TModels>): Promise<{ deletedKeys: string[] }>;
  /** @deprecated Use `trackDeletesStart` and `trackDeletesEnd`. Fails in a run that began from a checkpoint. */
  deleteRecordsFromPreviousExecutions(model: ModelName<TModels>): Promise<{ deletedKeys: string[] }>;
  /** Before any request and any batch call. What somebody else changes after it stays, this run's writes do not count. */
  setMergingStrategy(
    merging: { strategy: 'override' | 'ignore_if_modified_after' | 'ignore_if_modified_after_cursor' },
    model: ModelName<TModels>,
  ): Promise<void>;
}
