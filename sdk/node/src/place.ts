// Names the connection of a call, by what the call says or else by the client's own options.
import type { SynclineOptions } from './options.ts';
import type { Place } from './types/place.ts';

/** @throws TypeError naming what is missing */
export function placeOf(given: Place, options: SynclineOptions): Required<{ [Key in keyof Place]: string }> {
  const providerConfigKey = given.providerConfigKey ?? options.providerConfigKey;
  const connectionId = given.connectionId ?? options.connectionId;
  if (!providerConfigKey) throw missing('providerConfigKey');
  if (!connectionId) throw missing('connectionId');
  return { providerConfigKey, connectionId };
}

/** The two headers of the data-plane routes. */
export function placeHeaders(given: Place, options: SynclineOptions): Record<string, string> {
  const { providerConfigKey, connectionId } = placeOf(given, options);
  return { 'provider-config-key': providerConfigKey, 'connection-id': connectionId };
}

const missing = (name: string) =>
  new TypeError(`${name} is missing: give it in the call, or to all calls by new Syncline({ ${name} }).`);
