// From the names of a call to everything that running it takes, in one round trip: who asks is waiting for the answer.
import type { StoredCredential } from '../credentials/store.ts';
import type { EnvironmentDb } from '../db/database.ts';
import type { EnvironmentSettings } from '../db/schema/environments.ts';
import { openVariable } from '../environments/variables.ts';
import { SynclineError } from '../errors.ts';
import { openSecrets } from '../integrations/app-credentials.ts';
import { type EnvironmentFacts, toFacts } from './host/environment-facts.ts';
import type { ReadTarget } from './host/load-target.ts';

/** The wire's names; nobody has checked them. */
export interface ActionNames {
  providerConfigKey: string;
  connectionId: string;
  actionName: string;
}

export interface FoundAction {
  functionId: string;
  /** The current one. */
  versionId: string;
  read: ReadTarget & { facts: EnvironmentFacts };
}

interface Row {
  environment_number: number;
  environment_name: string;
  settings: EnvironmentSettings;
  /** By name, base64; null: there are none. */
  variables: Record<string, string> | null;
  integration_id: string | null;
  provider: string;
  integration_secrets: Buffer | null;
  integration_config: Record<string, string>;
  connection_id: string | null;
  connection_config: Record<string, unknown>;
  metadata: Record<string, unknown>;
  credential: Buffer | null;
  credential_version: string;
  expires_at: Date | null;
  refresh_at: Date | null;
  function_id: string | null;
  enabled: boolean;
  version_id: string;
}

/** @throws SynclineError unknown_provider, unknown_connection (400), not_found, disabled_resource (404) */
export async function findAction(environment: EnvironmentDb, names: ActionNames): Promise<FoundAction> {
  const { environmentId, pages } = environment;
  const { providerConfigKey, connectionId, actionName } = names;
  const [row] = await pages<Row[]>`
    SELECT * FROM find_action(${environmentId}, ${providerConfigKey}, ${connectionId}, ${actionName})`;
  assertFound(row!, names);
  const { function_id: functionId, version_id: versionId } = row!;
  return { functionId: functionId!, versionId, read: open(environment, row!, names) };
}

function assertFound(row: Row, { providerConfigKey, connectionId, actionName }: ActionNames): void {
  const refuse = (code: string, status: number, message: string, hint: string) =>
    new SynclineError(code, message, { status, hint });
  if (row.integration_id === null) {
    const message = `There is no integration '${providerConfigKey}' in this environment.`;
    throw refuse('unknown_provider', 400, message, 'List them with GET /integrations.');
  }
  if (row.connection_id === null) {
    const message = `Integration '${providerConfigKey}' has no connection '${connectionId}'.`;
    throw refuse('unknown_connection', 400, message, 'List them with GET /connections.');
  }
  if (row.function_id === null) {
    const message = `This integration has no action '${actionName}'.`;
    throw refuse('not_found', 404, message, 'List its functions with GET /scripts/config.');
  }
  if (!row.enabled) {
    throw refuse('disabled_resource', 404, `Action '${actionName}' is disabled.`, 'Enable it, or deploy it again.');
  }
}

function open(environment: EnvironmentDb, row: Row, names: ActionNames): FoundAction['read'] {
  const integrationId = row.integration_id!;
  const connectionId = row.connection_id!;
  const secrets = openSecrets(environment.cipher, { id: integrationId, credentials: row.integration_secrets });
  const variables = Object.entries(row.variables ?? {}).map(([name, value]) =>
    openVariable(environment, { name, value: Buffer.from(value, 'base64') }),
  );
  const { environment_number: number, environment_name: name, settings, provider } = row;
  return {
    facts: toFacts({ number, name, settings }, variables),
    credential: { row: credentialOf(row), provider },
    rows: {
      provider,
      appCredentials: secrets.credentials,
      integrationConfig: { ...row.integration_config, ...secrets.config },
      integration: { id: integrationId, uniqueKey: names.providerConfigKey },
      connection: {
        id: connectionId,
        connectionId: names.connectionId,
        connectionConfig: row.connection_config,
        metadata: row.metadata,
        stage: null, // a pending one is not found
      },
    },
  };
}

function credentialOf(row: Row): StoredCredential | null {
  if (row.credential === null) return null;
  return {
    connectionId: row.connection_id!,
    value: row.credential,
    version: Number(row.credential_version),
    expiresAt: row.expires_at,
    refreshAt: row.refresh_at,
  };
}
