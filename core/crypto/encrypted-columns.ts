// Every column that holds ciphertext, and what its values are bound to: what a rotation walks and a check counts. A test finds
// the column that is missing here, another opens what the server writes by the places named here.

export interface EncryptedColumn {
  table: string;
  column: string;
  /** The primary key in its order: name and type. */
  key: readonly (readonly [name: string, type: string])[];
  /** `Place.row` of a value, from its key as text (bytes in hex). */
  row(key: readonly string[]): string;
}

const first = ([id]: readonly string[]): string => id!;
const byId = (table: string, column: string, name = 'id'): EncryptedColumn => ({
  table,
  column,
  key: [[name, 'uuid']],
  row: first,
});

/** Small and precious first; the many last. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  byId('environments', 'webhook_signing_key'),
  byId('environments', 'previous_signing_key'),
  byId('environments', 'hmac_key'),
  {
    table: 'variables',
    column: 'value',
    key: [
      ['environment_id', 'uuid'],
      ['name', 'text'],
    ],
    row: ([, name]) => name!,
  },
  byId('integrations', 'credentials'),
  byId('credentials', 'value', 'connection_id'),
  byId('refresh_attempts', 'answer'),
  byId('connect_sessions', 'defaults'),
  byId('oauth_flows', 'pinned'),
  byId('async_actions', 'input'),
  byId('async_actions', 'output'),
  byId('async_actions', 'error'),
  {
    table: 'idempotent_requests',
    column: 'answer',
    key: [
      ['environment_id', 'uuid'],
      ['api_key_id', 'uuid'],
      ['route', 'text'],
      ['key', 'text'],
    ],
    row: ([, apiKeyId, route, key]) => `${apiKeyId}/${route}/${key}`,
  },
  {
    table: 'journal',
    column: 'body',
    key: [
      ['run_id', 'uuid'],
      ['segment', 'integer'],
      ['key', 'bytea'],
      ['occurrence', 'integer'],
    ],
    row: ([runId, segment, key, occurrence]) => `${runId}/${segment}/${key!.replace(/^\\x/, '')}/${occurrence}`,
  },
  {
    table: 'records',
    column: 'body',
    key: [
      ['stream_id', 'bigint'],
      ['external_id', 'text'],
    ],
    row: ([streamId, externalId]) => `${streamId}/${externalId}`,
  },
];

/** Bytes that are no ciphertext: keyed hashes, hashes, and keys wrapped by the operator's. */
export const otherBytes: readonly string[] = [
  'api_keys.hmac',
  'async_actions.request_hash',
  'connect_sessions.browser_hash',
  'connect_sessions.token_hmac',
  'data_keys.wrapped',
  'flow_results.client_hash',
  'idempotent_requests.fingerprint',
  'journal.key',
  'oauth_flows.browser_hash',
  'oauth_flows.client_hash',
  'oauth_flows.state_hash',
  'records.content_hash',
];
