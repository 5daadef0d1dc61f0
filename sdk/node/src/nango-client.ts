// The data plane with the arguments and answers of the field's best-known client: code written for it changes one import.
import { path } from './path.ts';
import { placeHeaders } from './place.ts';
import { toProxyCall } from './proxy-call.ts';
import { csv } from './query.ts';
import { type NamedRecordQuery, readActionArguments, readRecordArguments } from './read-arguments.ts';
import type {
  ActionName,
  InputArguments,
  InputOf,
  ModelName,
  ModelOf,
  OutputOf,
  RegisteredActions,
  RegisteredModels,
} from './registry.ts';
import type { ApiResponse } from './response.ts';
import { SetUpClient } from './set-up-client.ts';
import { frequencyBody, refText, selectionBody, triggerBody } from './sync-body.ts';
import type { AcceptedAction, AsyncActionRef } from './types/actions.ts';
import type { Place } from './types/place.ts';
import type { ProxyRequest } from './types/proxy.ts';
import type { PruneAnswer, PruneQuery, RecordPage, RecordQuery } from './types/records.ts';
import type { Done, SyncMode, SyncRef, SyncStatus, Triggered, TriggerOptions, VariantRef } from './types/syncs.ts';
import type { Undeclared } from './undeclared.ts';

export class NangoClient<TModels = RegisteredModels, TActions = RegisteredActions> extends SetUpClient {
  // Syncs

  /** One run now; during a run, one more after it. Without a connection: on all connections. No names: all syncs. */
  triggerSync(
    providerConfigKey: string,
    syncs: readonly SyncRef[] = [],
    connectionId?: string,
    how?: TriggerOptions | SyncMode | boolean,
  ): Promise<ApiResponse<Triggered>> {
    const json = triggerBody({ providerConfigKey, syncs, connectionId }, how);
    return this.http.send({ method: 'POST', path: '/sync/trigger', json });
  }

  startSync(providerConfigKey: string, syncs: readonly SyncRef[], connectionId?: string): Promise<ApiResponse<Done>> {
    const json = selectionBody({ providerConfigKey, syncs, connectionId });
    return this.http.send({ method: 'POST', path: '/sync/start', json });
  }

  /** The page in hand is committed first. */
  pauseSync(providerConfigKey: string, syncs: readonly SyncRef[], connectionId?: string): Promise<ApiResponse<Done>> {
    const json = selectionBody({ providerConfigKey, syncs, connectionId });
    return this.http.send({ method: 'POST', path: '/sync/pause', json });
  }

  syncStatus(
    providerConfigKey: string,
    syncs: '*' | readonly SyncRef[],
    connectionId?: string,
  ): Promise<{ syncs: SyncStatus[] }> {
    const query = {
      provider_config_key: providerConfigKey,
      syncs: syncs === '*' ? syncs : csv(syncs.map(refText)),
      connection_id: connectionId,
    };
    return this.http.read({ method: 'GET', path: '/sync/status', query });
  }

  /** @param frequency null for the function's own */
  updateSyncConnectionFrequency(
    providerConfigKey: string,
    sync: SyncRef,
    connectionId: string,
    frequency: string | null,
  ): Promise<{ frequency: string }> {
    const json = frequencyBody(providerConfigKey, sync, connectionId, frequency);
    return this.http.read({ method: 'PUT', path: '/sync/update-connection-frequency', json });
  }

  createSyncVariant({ name, variant, ...json }: VariantRef): Promise<{ id: string; name: string; variant: string }> {
    return this.http.read({ method: 'POST', path: path`/sync/${name}/variant/${variant}`, json });
  }

  deleteSyncVariant({ name, variant, ...json }: VariantRef): Promise<Done> {
    return this.http.read({ method: 'DELETE', path: path`/sync/${name}/variant/${variant}`, json });
  }

  // Records

  /** One page. `records` of the same object walks all of them. */
  listRecords<T extends object = never, Model extends ModelName<TModels> = ModelName<TModels>>(
    query: NamedRecordQuery<Model>,
  ): Promise<RecordPage<ModelOf<TModels, Model, T>>>;
  listRecords<T extends object = never, Model extends ModelName<TModels> = ModelName<TModels>>(
    model: Model,
    query?: RecordQuery,
  ): Promise<RecordPage<ModelOf<TModels, Model, T>>>;
  listRecords(first: string | NamedRecordQuery, rest?: RecordQuery): Promise<RecordPage<Undeclared>> {
    const { filter, modifiedAfter, delta, ...query } = readRecordArguments(first, rest);
    const { providerConfigKey: _key, connectionId: _id, ...named } = query;
    return this.http.read({
      method: 'GET',
      path: '/records',
      query: { ...named, filter: csv(filter), modified_after: modifiedAfter, delta },
      headers: placeHeaders(query, this.options),
    });
  }

  /** Removes the payload of records that you have stored, up to a cursor. */
  pruneRecords({ untilCursor, model, variant, limit, ...place }: PruneQuery<ModelName<TModels>>): Promise<PruneAnswer> {
    const json = { model, variant, limit, until_cursor: untilCursor };
    return this.http.read({
      method: 'PATCH',
      path: '/records/prune',
      json,
      headers: placeHeaders(place, this.options),
    });
  }

  // Actions

  triggerAction<In = never, Out = never, Name extends ActionName<TActions> = ActionName<TActions>>(
    providerConfigKey: string,
    connectionId: string,
    action: Name,
    ...input: InputArguments<InputOf<TActions, Name, NoInfer<In>>>
  ): Promise<OutputOf<TActions, Name, Out>>;
  triggerAction<In = never, Out = never, Name extends ActionName<TActions> = ActionName<TActions>>(
    action: Name,
    ...input: InputArguments<InputOf<TActions, Name, NoInfer<In>>, [place: Place]>
  ): Promise<OutputOf<TActions, Name, Out>>;
  triggerAction(...given: unknown[]): Promise<unknown> {
    return this.http.read(this.#actionCall(given));
  }

  /** Answers at once; the output is fetched with `getAsyncActionResult`, or told by a webhook. */
  triggerActionAsync<In = never, Name extends ActionName<TActions> = ActionName<TActions>>(
    providerConfigKey: string,
    connectionId: string,
    action: Name,
    ...input: InputArguments<InputOf<TActions, Name, NoInfer<In>>>
  ): Promise<AcceptedAction>;
  triggerActionAsync<In = never, Name extends ActionName<TActions> = ActionName<TActions>>(
    action: Name,
    ...input: InputArguments<InputOf<TActions, Name, NoInfer<In>>, [place: Place]>
  ): Promise<AcceptedAction>;
  triggerActionAsync(...given: unknown[]): Promise<AcceptedAction> {
    const call = this.#actionCall(given);
    return this.http.read({ ...call, headers: { ...call.headers, 'x-async': 'true' } });
  }

  #actionCall(given: readonly unknown[]) {
    const { name, input, place } = readActionArguments(given);
    return {
      method: 'POST',
      path: '/action/trigger',
      json: { action_name: name, input },
      headers: placeHeaders(place, this.options),
      timeoutMs: 300_000,
    };
  }

  /** 404 with the code `in_progress` while it runs. */
  getAsyncActionResult<T = Undeclared>({ id = '', statusUrl }: AsyncActionRef): Promise<T> {
    const where = statusUrl ?? path`/action/${id}`;
    // It may come from anywhere, and the key goes with it.
    if (!/^\/[^/\\]/.test(where)) throw new TypeError('statusUrl is a path, as triggerActionAsync gave it.');
    return this.http.read({ method: 'GET', path: where });
  }

  // Proxy

  /** A request to the provider with the connection's credential. @throws SynclineApiError for any status outside 200–299 */
  proxy<T = Undeclared>(request: ProxyRequest): Promise<ApiResponse<T>> {
    return this.http.send(toProxyCall(request, this.options));
  }

  /** `method` of the request is ignored here and below. */
  get<T = Undeclared>(request: ProxyRequest): Promise<ApiResponse<T>> {
    return this.proxy({ ...request, method: 'GET' });
  }

  post<T = Undeclared>(request: ProxyRequest): Promise<ApiResponse<T>> {
    return this.proxy({ ...request, method: 'POST' });
  }

  put<T = Undeclared>(request: ProxyRequest): Promise<ApiResponse<T>> {
    return this.proxy({ ...request, method: 'PUT' });
  }

  patch<T = Undeclared>(request: ProxyRequest): Promise<ApiResponse<T>> {
    return this.proxy({ ...request, method: 'PATCH' });
  }

  delete<T = Undeclared>(request: ProxyRequest): Promise<ApiResponse<T>> {
    return this.proxy({ ...request, method: 'DELETE' });
  }
}
