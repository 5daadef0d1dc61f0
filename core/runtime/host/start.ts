// What a guest is told before it begins: the script's view of where it runs. No key, no token, no address of ours.
import { eq } from 'drizzle-orm';
import { environments } from '../../db/schema/environments.ts';
import { entryContentType } from '../../proxy/headers.ts';
import { siblingHosts } from '../../proxy/sibling-hosts.ts';
import type { Attempt } from '../../syncs/begin-attempt.ts';
import type { Start } from '../protocol.ts';
import type { RunContext } from './run-context.ts';

async function commonOf({ environment, target, operationId }: RunContext) {
  const [env] = await environment.transaction((tx) =>
    tx
      .select({ number: environments.number, name: environments.name })
      .from(environments)
      .where(eq(environments.id, environment.environmentId)),
  );
  const { provider, integration, connection } = target;
  const contentType = entryContentType(provider.proxy);
  return {
    properties: {
      connectionId: connection.connectionId,
      providerConfigKey: integration.uniqueKey,
      provider: provider.name,
      environmentId: env!.number,
      environmentName: env!.name,
      activityLogId: operationId,
    },
    pagination: provider.proxy?.paginate,
    linkOrigins: provider.proxy?.link_origins ?? [],
    siblingHosts: siblingHosts(provider.proxy),
    ...(contentType !== undefined && { entryContentType: contentType }),
  };
}

export async function startOf(context: RunContext, attempt: Attempt): Promise<Omit<Start, 't'>> {
  const { properties, ...provider } = await commonOf(context);
  return {
    kind: 'sync',
    file: `${properties.providerConfigKey}/syncs/${attempt.name}.js`,
    properties: {
      ...properties,
      variant: attempt.variant,
      syncId: attempt.syncId,
      syncJobId: attempt.runNo,
      trackDeletes: attempt.definition.trackDeletes ?? false,
      ...(attempt.lastSuccessAt && { lastSyncDate: attempt.lastSuccessAt.toISOString() }),
    },
    hasInput: false,
    models: attempt.definition.models,
    ...provider,
    checkpoint: attempt.checkpoint,
  };
}

export async function startOfAction(
  context: RunContext,
  { name, input, hasInput }: { name: string; input: unknown; hasInput: boolean },
): Promise<Omit<Start, 't'>> {
  const { properties, ...provider } = await commonOf(context);
  return {
    kind: 'action',
    file: `${properties.providerConfigKey}/actions/${name}.js`,
    properties,
    input,
    hasInput,
    models: [],
    ...provider,
    checkpoint: null,
  };
}
