// What a guest is told before it begins: the script's view of where it runs. No key, no token, no address of ours.
import type { FunctionDefinition } from '../../db/schema/functions.ts';
import { entryContentType } from '../../proxy/headers.ts';
import { siblingHosts } from '../../proxy/sibling-hosts.ts';
import type { Attempt } from '../../syncs/begin-attempt.ts';
import type { GuestProperties, Start, WebhookRequest } from '../protocol.ts';
import type { RunContext } from './run-context.ts';

function propertiesOf({ facts, target, operationId }: RunContext): GuestProperties {
  const { provider, integration, connection } = target;
  return {
    connectionId: connection.connectionId,
    providerConfigKey: integration.uniqueKey,
    provider: provider.name,
    environmentId: facts.number,
    environmentName: facts.name,
    activityLogId: operationId,
  };
}

function shared({ target, facts, definition }: RunContext) {
  const { provider } = target;
  const contentType = entryContentType(provider.proxy);
  return {
    pagination: provider.proxy?.paginate,
    linkOrigins: provider.proxy?.link_origins ?? [],
    siblingHosts: siblingHosts(provider.proxy),
    ...(contentType !== undefined && { entryContentType: contentType }),
    logLevel: facts.logLevel,
    attributes: definition?.attributes ?? null,
  };
}

function recordsOf({ facts }: RunContext, { models, jsonSchema }: FunctionDefinition) {
  return {
    models,
    enforceSchemas: facts.enforcesSchemas,
    ...(jsonSchema && { schemas: jsonSchema.definitions as NonNullable<Start['schemas']> }),
  };
}

export function startOf(context: RunContext, attempt: Attempt): Omit<Start, 't'> {
  const properties = propertiesOf(context);
  const { definition } = attempt;
  return {
    kind: 'sync',
    file: `${properties.providerConfigKey}/syncs/${attempt.name}.js`,
    properties: {
      ...properties,
      variant: attempt.variant,
      syncId: attempt.syncId,
      syncJobId: attempt.runNo,
      trackDeletes: definition.trackDeletes ?? false,
      emptyCache: attempt.mode === 'reset_and_clear',
      ...(attempt.lastSuccessAt && { lastSyncDate: attempt.lastSuccessAt.toISOString() }),
    },
    hasInput: false,
    ...recordsOf(context, definition),
    ...shared(context),
    checkpoint: attempt.checkpoint,
  };
}

export function startOfAction(context: RunContext, input: unknown): Omit<Start, 't'> {
  const properties = propertiesOf(context);
  return {
    kind: 'action',
    file: `${properties.providerConfigKey}/actions/${context.name}.js`,
    properties,
    input,
    hasInput: input !== undefined && input !== null,
    models: [],
    ...shared(context),
  };
}

export function startOfOnEvent(context: RunContext): Omit<Start, 't'> {
  const properties = propertiesOf(context);
  return {
    kind: 'on-event',
    file: `${properties.providerConfigKey}/on-events/${context.name}.js`,
    properties,
    hasInput: false,
    models: [],
    ...shared(context),
  };
}

export interface WebhookStart {
  syncId: string;
  lastSuccessAt: Date | null;
  definition: FunctionDefinition;
  /** The parsed body. */
  body: unknown;
  request: WebhookRequest;
}

/** A webhook function is a sync's: it has the sync's models and place, and a checkpoint of its own. */
export function startOfWebhook(
  context: RunContext,
  { syncId, lastSuccessAt, definition, body, request }: WebhookStart,
): Omit<Start, 't'> {
  const properties = propertiesOf(context);
  return {
    kind: 'webhook',
    file: `${properties.providerConfigKey}/syncs/${context.name}.js`,
    properties: {
      ...properties,
      variant: 'base',
      syncId,
      trackDeletes: false,
      ...(lastSuccessAt && { lastSyncDate: lastSuccessAt.toISOString() }),
    },
    input: body,
    hasInput: body !== undefined,
    ...recordsOf(context, definition),
    webhook: request,
    ...shared(context),
  };
}
