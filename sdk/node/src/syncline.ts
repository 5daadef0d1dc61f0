// The client of an app: what NangoClient has, and what Syncline adds.
import { followCursor } from './follow-cursor.ts';
import { followMessages } from './follow-messages.ts';
import { NangoClient } from './nango-client.ts';
import type { CallOptions } from './options.ts';
import { path } from './path.ts';
import { csv } from './query.ts';
import { type RecordBatch, recordBatches } from './read-records.ts';
import type { ModelName, ModelOf, RegisteredActions, RegisteredModels } from './registry.ts';
import type { Connection, ConnectionFilter, ConnectionImport, ConnectionListItem } from './types/connections.ts';
import type { ApiKey, CreatedApiKey, EnvironmentVariable, NewApiKey } from './types/environment.ts';
import type { LogMessage, MessageFilter, Operation, OperationFilter } from './types/logs.ts';
import type { Page, PageQuery } from './types/pages.ts';
import type { RecordQuery, StoredRecord } from './types/records.ts';
import type { Done, ListedSync, Run, RunFilter, SyncFilter } from './types/syncs.ts';

/**
 * @example
 * const syncline = new Syncline({ host: 'http://localhost:3003', apiKey: process.env.SYNCLINE_SECRET_KEY });
 * for await (const issue of syncline.records('GithubIssue', { providerConfigKey: 'github', connectionId: 'acme' })) save(issue);
 */
export class Syncline<TModels = RegisteredModels, TActions = RegisteredActions> extends NangoClient<TModels, TActions> {
  /**
   * The same client with other options for some calls.
   * @example await syncline.with({ timeoutMs: 5_000 }).triggerAction('github', 'acme', 'create-issue', { title: 'Hello' });
   */
  with(options: CallOptions): Syncline<TModels, TActions> {
    return new Syncline({ ...this.options, ...options });
  }

  // Records

  /** Every record of a stream in the order of its last change, deleted ones included, up to where the stream ends now. */
  async *records<T extends object = never, Model extends ModelName<TModels> = ModelName<TModels>>(
    model: Model,
    query: RecordQuery = {},
  ): AsyncGenerator<StoredRecord<ModelOf<TModels, Model, T>>, undefined, void> {
    for await (const { records } of this.recordBatches<T, Model>(model, query)) yield* records;
  }

  /**
   * The same in pages, each with the cursor to keep: store both in one transaction, begin there the next time, and your copy
   * is exact.
   * @throws SynclineApiError `cursor_stale` when the stream has another history (a restore): go on from `payload.rewind_cursor`
   */
  recordBatches<T extends object = never, Model extends ModelName<TModels> = ModelName<TModels>>(
    model: Model,
    query: RecordQuery = {},
  ): AsyncGenerator<RecordBatch<ModelOf<TModels, Model, T>>, undefined, void> {
    return recordBatches(query, (page) => this.listRecords<T, Model>(model, page));
  }

  // Connections

  /** Takes over a credential that you have: the connection is made, or overwritten, and its syncs start. */
  importConnection(connection: ConnectionImport): Promise<Connection> {
    return this.http.read({ method: 'POST', path: '/connections', json: connection });
  }

  /**
   * Takes on a connection of a session with `require_confirmation`, once your server knows that its user made it. Confirming twice is
   * one confirmation.
   */
  confirmConnection(providerConfigKey: string, connectionId: string): Promise<Done> {
    const query = { provider_config_key: providerConfigKey };
    return this.http.read({ method: 'POST', path: path`/connections/${connectionId}/confirm`, query });
  }

  /** All of them, newest first. */
  connections(filter: ConnectionFilter = {}): AsyncGenerator<ConnectionListItem, undefined, void> {
    const list = async (query: ConnectionFilter) => {
      const { connections, next_cursor } = await this.listConnections(query);
      return { data: connections, next_cursor };
    };
    return followCursor(filter, list, 2_000);
  }

  // Syncs and runs

  listSyncs({ providerConfigKey, connectionId, ...query }: SyncFilter & PageQuery = {}): Promise<Page<ListedSync>> {
    const named = { provider_config_key: providerConfigKey, connection_id: connectionId, ...query };
    return this.http.read({ method: 'GET', path: '/syncs', query: named });
  }

  syncs(filter: SyncFilter & PageQuery = {}): AsyncGenerator<ListedSync, undefined, void> {
    return followCursor(filter, (query) => this.listSyncs(query));
  }

  /** Newest first. */
  listRuns(syncId: string, { states, ...query }: RunFilter & PageQuery = {}): Promise<Page<Run>> {
    return this.http.read({
      method: 'GET',
      path: path`/syncs/${syncId}/runs`,
      query: { ...query, states: csv(states) },
    });
  }

  runs(syncId: string, filter: RunFilter & PageQuery = {}): AsyncGenerator<Run, undefined, void> {
    return followCursor(filter, (query) => this.listRuns(syncId, query));
  }

  getRun(id: string): Promise<{ data: Run }> {
    return this.http.read({ method: 'GET', path: path`/runs/${id}` });
  }

  /** The page in hand is committed, then the run stops. */
  cancelRun(id: string): Promise<Done> {
    return this.http.read({ method: 'POST', path: path`/runs/${id}/cancel` });
  }

  /** Decides about deletes that were held back: more than a run usually makes. */
  confirmDeletes(
    syncId: string,
    { runId, decision }: { runId: string; decision: 'delete' | 'keep' },
  ): Promise<Done & { deleted: Record<string, number> }> {
    const json = { run_id: runId, decision };
    return this.http.read({ method: 'POST', path: path`/syncs/${syncId}/confirm-deletes`, json });
  }

  // Logs

  /** Newest first. */
  listOperations(filter: OperationFilter & PageQuery = {}): Promise<Page<Operation>> {
    const { types, states, integrations, connections, syncs, ...query } = filter;
    const lists = {
      types: csv(types),
      states: csv(states),
      integrations: csv(integrations),
      connections: csv(connections),
      syncs: csv(syncs),
    };
    return this.http.read({ method: 'GET', path: '/logs', query: { ...query, ...lists } });
  }

  operations(filter: OperationFilter & PageQuery = {}): AsyncGenerator<Operation, undefined, void> {
    return followCursor(filter, (query) => this.listOperations(query));
  }

  getOperation(id: string): Promise<{ data: Operation }> {
    return this.http.read({ method: 'GET', path: path`/logs/${id}` });
  }

  /** Oldest first. */
  listMessages(operationId: string, filter: MessageFilter & PageQuery = {}): Promise<Page<LogMessage>> {
    const { levels, sources, ...query } = filter;
    const lists = { levels: csv(levels), sources: csv(sources) };
    return this.http.read({ method: 'GET', path: path`/logs/${operationId}/messages`, query: { ...query, ...lists } });
  }

  /** All that there are; with `follow` also those to come, until the operation is over. */
  messages(
    operationId: string,
    { follow = false, ...filter }: MessageFilter & { follow?: boolean } = {},
  ): AsyncGenerator<LogMessage, undefined, void> {
    const list = (query: MessageFilter & PageQuery & { wait?: number }) => this.listMessages(operationId, query);
    return follow ? followMessages((query) => list({ ...filter, ...query })) : followCursor(filter, list);
  }

  // Environment

  /** Replaces the whole set. */
  setEnvironmentVariables(variables: readonly EnvironmentVariable[]): Promise<EnvironmentVariable[]> {
    return this.http.read({ method: 'PUT', path: '/environment-variables', json: { variables } });
  }

  setEnvironmentVariable(name: string, value: string): Promise<EnvironmentVariable> {
    return this.http.read({ method: 'PUT', path: path`/environment-variables/${name}`, json: { value } });
  }

  async deleteEnvironmentVariable(name: string): Promise<void> {
    await this.http.send({ method: 'DELETE', path: path`/environment-variables/${name}` });
  }

  listApiKeys(query: PageQuery = {}): Promise<Page<ApiKey>> {
    return this.http.read({ method: 'GET', path: '/api-keys', query: { ...query } });
  }

  apiKeys(): AsyncGenerator<ApiKey, undefined, void> {
    return followCursor({}, (query: PageQuery) => this.listApiKeys(query));
  }

  /** The secret is in this answer and nowhere else. */
  createApiKey(key: NewApiKey): Promise<{ data: CreatedApiKey }> {
    return this.http.read({ method: 'POST', path: '/api-keys', json: key });
  }

  /** At once; also your own. */
  async deleteApiKey(id: string): Promise<void> {
    await this.http.send({ method: 'DELETE', path: path`/api-keys/${id}` });
  }
}
