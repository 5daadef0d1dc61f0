// The types of this package against the schemas with which the API validates and documents: what one says, the other says.
import type { hc, InferRequestType, InferResponseType } from 'hono/client';
import { describe, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { connection, connectionListItem, importBody } from '../../../api/connection-schemas.ts';
import type { functionView } from '../../../api/function-schemas.ts';
import type { integration, integrationPatch, newIntegration } from '../../../api/integration-schemas.ts';
import type { apiKeys } from '../../../api/routes/api-keys.ts';
import type { connections } from '../../../api/routes/connections.ts';
import type { logs } from '../../../api/routes/logs.ts';
import type { syncsAndRuns } from '../../../api/routes/syncs-and-runs.ts';
import type { runSchema, syncStatusSchema } from '../../../api/sync-shape.ts';
import type * as Ours from './index.ts';

type KeysApi = ReturnType<typeof hc<typeof apiKeys>>;
type LogsApi = ReturnType<typeof hc<typeof logs>>;
type SyncsApi = ReturnType<typeof hc<typeof syncsAndRuns>>;

describe('answers', () => {
  it('of connections', () => {
    expectTypeOf<Omit<Ours.Connection, 'credentials'>>().toExtend<Omit<z.output<typeof connection>, 'credentials'>>();
    expectTypeOf<z.output<typeof connection>>().omit('credentials').toExtend<Omit<Ours.Connection, 'credentials'>>();
    expectTypeOf<z.output<typeof connectionListItem>>().toExtend<Ours.ConnectionListItem>();
    expectTypeOf<keyof Ours.ConnectionListItem>().toEqualTypeOf<keyof z.output<typeof connectionListItem>>();
  });

  it('of integrations and functions', () => {
    expectTypeOf<Ours.Integration>().toEqualTypeOf<z.output<typeof integration>>();
    expectTypeOf<Ours.DeployedFunction>().toEqualTypeOf<z.output<typeof functionView>>();
  });

  it('of syncs and runs', () => {
    expectTypeOf<Ours.SyncStatus>().toEqualTypeOf<z.output<typeof syncStatusSchema>>();
    expectTypeOf<Ours.Run>().toEqualTypeOf<z.output<typeof runSchema>>();
    type Answer = InferResponseType<SyncsApi['syncs']['$get'], 200>;
    expectTypeOf<Answer>().toExtend<Ours.Page<Ours.ListedSync>>();
    expectTypeOf<keyof Answer['data'][number]>().toEqualTypeOf<keyof Ours.ListedSync>();
  });

  it('of logs and keys', () => {
    type Operations = InferResponseType<LogsApi['logs']['$get'], 200>;
    expectTypeOf<Operations>().toExtend<Ours.Page<Ours.Operation>>();
    expectTypeOf<keyof Operations['data'][number]>().toEqualTypeOf<keyof Ours.Operation>();
    type Messages = InferResponseType<LogsApi['logs'][':id']['messages']['$get'], 200>;
    expectTypeOf<Messages>().toExtend<Ours.Page<Ours.LogMessage>>();
    expectTypeOf<keyof Messages['data'][number]>().toEqualTypeOf<keyof Ours.LogMessage>();
    type Keys = InferResponseType<KeysApi['api-keys']['$get'], 200>;
    expectTypeOf<Keys>().toEqualTypeOf<Ours.Page<Ours.ApiKey>>();
  });
});

describe('bodies', () => {
  it('are taken by the API', () => {
    expectTypeOf<Ours.ConnectionImport>().toExtend<z.input<typeof importBody>>();
    expectTypeOf<Ours.NewIntegration>().toExtend<z.input<typeof newIntegration>>();
    expectTypeOf<Ours.IntegrationPatch>().toExtend<z.input<typeof integrationPatch>>();
  });

  it('can say all that the API takes', () => {
    expectTypeOf<z.input<typeof importBody>>().toExtend<Ours.ConnectionImport>();
    expectTypeOf<z.input<typeof newIntegration>>().toExtend<Ours.NewIntegration>();
    expectTypeOf<keyof z.input<typeof integrationPatch>>().toEqualTypeOf<keyof Ours.IntegrationPatch>();
    type NewKey = InferRequestType<KeysApi['api-keys']['$post']>['json'];
    expectTypeOf<NewKey>().toEqualTypeOf<Ours.NewApiKey>();
    type Patch = InferRequestType<
      ReturnType<typeof hc<typeof connections>>['connections'][':connectionId']['$patch']
    >['json'];
    expectTypeOf<Patch>().toEqualTypeOf<Ours.ConnectionPatch>();
  });
});
