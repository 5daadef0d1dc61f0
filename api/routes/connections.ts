// Connections: list, import, read with credential, change, delete. Reading, listing and deleting also answer at `/connection`.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { confirmConnection } from '../../core/connections/confirm-connection.ts';
import { type ConnectionView, toConnectionView } from '../../core/connections/connection-view.ts';
import { deleteConnection } from '../../core/connections/delete-connection.ts';
import { importConnection } from '../../core/connections/import-connection.ts';
import { listConnections } from '../../core/connections/list-connections.ts';
import { patchConnection } from '../../core/connections/patch-connection.ts';
import { prepareImport } from '../../core/connections/prepare-import.ts';
import type { Credential } from '../../core/credentials/credential.ts';
import { withAppJwt } from '../../core/credentials/modes/app.ts';
import { createSendTokenRequest } from '../../core/credentials/send-token-request.ts';
import { grants } from '../../core/environments/scopes.ts';
import { SynclineError } from '../../core/errors.ts';
import { connection, connectionListItem, importBody, toCredential } from '../connection-schemas.ts';
import type { ApiEnv } from '../context.ts';
import { decodeCursor, encodeCursor, numberShape } from '../cursor.ts';
import { connectionId, endUser, flag, providerConfigKey, tags, toEndUserInput, webhookUrl } from '../fields.ts';
import { assertScope, requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const maxListed = 10_000;

/** The peer's list has no such key, so that the last page is the peer's to the letter. */
const nextCursor = z.string().optional().openapi({ description: 'Absent on the last page' });

const tagKey = /^tags\[([^\]]+)\]$/;

const listQuery = z
  .looseObject({
    connectionId: z.string().optional(),
    search: z.string().min(1).max(255).optional(),
    integrationId: z.string().optional(),
    endUserId: z.string().optional(),
    endUserOrganizationId: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(2000).optional(),
    page: z.coerce.number().int().min(0).optional(),
    cursor: z.string().max(1000).optional(),
  })
  .superRefine((query, context) => {
    const unknown = Object.keys(query).filter(
      (key) => !(key in listQuery.shape) && !(tagKey.test(key) && typeof query[key] === 'string'),
    );
    if (unknown.length > 0)
      context.addIssue({
        code: 'unrecognized_keys',
        keys: unknown,
        message: `Unrecognized keys: ${unknown.join(', ')}`,
      });
  });

/** `tags[project]=p1`. */
function tagsOf(query: Record<string, unknown>): Record<string, string> | undefined {
  const found = Object.entries(query).flatMap(([key, value]) => {
    const tag = tagKey.exec(key)?.[1];
    return tag === undefined ? [] : [[tag.toLowerCase(), String(value)]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const params = z.strictObject({ connectionId });
const ofIntegration = z.strictObject({ provider_config_key: providerConfigKey });
const success = z.object({ success: z.literal(true) });

const success200 = { 200: json('Done', success) };

/** The wire calls an unknown connection `not_found` on this noun's own routes. */
const notFound = (error: unknown) => {
  if (!(error instanceof SynclineError) || error.code !== 'unknown_connection') throw error;
  throw new SynclineError('not_found', error.message, { status: 404, hint: 'List them with GET /connections.' });
};

/** A failed renewal: the caller still learns what connection this is. */
function withConnection(error: unknown, connection: ConnectionView): unknown {
  if (!(error instanceof SynclineError) || error.status !== 424) return error;
  return new SynclineError('invalid_credentials', error.message, {
    status: 424,
    retryable: error.retryable,
    payload: { ...error.payload, connection },
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });
}

function shared<const Base extends '/connections' | '/connection'>(base: Base) {
  const hidden = { deprecated: base === '/connection' };

  const list = createRoute({
    ...hidden,
    method: 'get',
    path: base,
    summary: 'Connections, newest first; `tags[name]=value` filters by tag',
    middleware: [requireScope('connections:list', 'connections:list_credentials')] as const,
    request: { query: listQuery },
    responses: {
      200: json('A page', z.object({ connections: z.array(connectionListItem), next_cursor: nextCursor })),
      ...errorResponses(400),
    },
  });

  const get = createRoute({
    ...hidden,
    method: 'get',
    path: `${base}/{connectionId}`,
    summary: 'A connection with its credential, renewed if that is due',
    middleware: [requireScope('connections:read', 'connections:read_credentials')] as const,
    request: {
      params,
      query: ofIntegration.extend({
        force_refresh: flag.optional(),
        refresh_token: flag.optional(),
        refresh_github_app_jwt_token: flag.optional(),
      }),
    },
    responses: { 200: json('The connection', connection), ...errorResponses(400, 404, 424) },
  });

  const remove = createRoute({
    ...hidden,
    method: 'delete',
    path: `${base}/{connectionId}`,
    summary: 'Removes a connection with its syncs and records',
    middleware: [requireScope('connections:delete')] as const,
    request: { params, query: ofIntegration },
    responses: { ...success200, ...errorResponses(400) },
  });

  return new OpenAPIHono<ApiEnv>()
    .openapi(list, async function handleList(c) {
      const query = c.req.valid('query');
      const limit = query.limit ?? maxListed;
      const { items, hasMore } = await listConnections(c.var.environment, {
        connectionId: query.connectionId,
        search: query.search,
        providerConfigKeys: query.integrationId?.split(','),
        tags: tagsOf(query),
        endUserId: query.endUserId,
        organizationId: query.endUserOrganizationId,
        limit,
        offset: (query.page ?? 0) * limit,
        before: query.cursor === undefined ? undefined : Number(decodeCursor(query.cursor, numberShape)),
      });
      return c.json({ connections: items, ...(hasMore && { next_cursor: encodeCursor(items.at(-1)!.id) }) }, 200);
    })
    .openapi(get, async function handleGet(c) {
      const { provider_config_key, force_refresh, refresh_token, refresh_github_app_jwt_token } = c.req.valid('query');
      const { apiKey, connectionCache, environment, services } = c.var;
      const seesCredentials = grants(apiKey.scopes, 'environment:connections:read_credentials');
      if (!seesCredentials && (force_refresh || refresh_token || refresh_github_app_jwt_token)) {
        assertScope(c, 'connections:read_credentials');
      }
      const key = { providerConfigKey: provider_config_key, connectionId: c.req.valid('param').connectionId };
      const loaded = await connectionCache.fetch(environment, key).catch(notFound);
      const viewWith = (credential: Credential | null, needsReauthAt = loaded.needsReauthAt) =>
        toConnectionView(loaded.connection, {
          ...loaded,
          needsReauthAt,
          credential,
          refreshToken: refresh_token === true,
        });
      if (!seesCredentials || loaded.connection.stage === 'pending') return c.json(viewWith(null), 200);
      const { credential, version } = await services.credentials
        .fresh(environment, {
          connectionId: loaded.connection.id,
          force: force_refresh,
          read: { row: loaded.stored, provider: loaded.provider, credential: loaded.credentials },
        })
        .catch((error: unknown) => {
          throw withConnection(error, viewWith(null));
        });
      const app = loaded.appCredentials ?? {};
      const shown = refresh_github_app_jwt_token ? withAppJwt(credential, app, new Date()) : credential;
      return c.json(viewWith(shown, version === loaded.version ? undefined : null), 200); // renewed: nobody is needed
    })
    .openapi(remove, async function handleDelete(c) {
      const key = {
        providerConfigKey: c.req.valid('query').provider_config_key,
        connectionId: c.req.valid('param').connectionId,
      };
      await deleteConnection(c.var.environment, c.var.services.poke, key);
      return c.json({ success: true as const }, 200);
    });
}

const create = createRoute({
  method: 'post',
  path: '/connections',
  summary: 'Imports a connection; one with the same id is overwritten',
  middleware: [requireScope('connections:create')] as const,
  request: { query: noQuery, body: jsonBody(importBody) },
  responses: { 201: json('The connection', connection), ...errorResponses(400, 404, 413) },
});

const patch = createRoute({
  method: 'patch',
  path: '/connections/{connectionId}',
  summary: 'Changes end user, tags or where its events go',
  middleware: [requireScope('connections:update')] as const,
  request: {
    params,
    query: ofIntegration,
    body: jsonBody(
      z.strictObject({
        end_user: endUser.optional(),
        tags: tags.optional(),
        webhook_url_override: webhookUrl.optional(),
      }),
    ),
  },
  responses: { ...success200, ...errorResponses(400, 404) },
});

const confirm = createRoute({
  method: 'post',
  path: '/connections/{connectionId}/confirm',
  summary: 'Makes a pending connection usable: it is what the user of the app wanted',
  middleware: [requireScope('connections:update')] as const,
  request: { params, query: ofIntegration },
  responses: { ...success200, ...errorResponses(400, 404) },
});

export const connections = new OpenAPIHono<ApiEnv>()
  .openapi(confirm, async function handleConfirm(c) {
    const key = {
      providerConfigKey: c.req.valid('query').provider_config_key,
      connectionId: c.req.valid('param').connectionId,
    };
    await confirmConnection(c.var.environment, c.var.services, key).catch(notFound);
    return c.json({ success: true as const }, 200);
  })
  .openapi(create, async function handleCreate(c) {
    const body = c.req.valid('json');
    const { environment, services } = c.var;
    const deps = { ...services, send: createSendTokenRequest(services.egress) };
    const prepared = await prepareImport(deps, environment, {
      providerConfigKey: body.provider_config_key,
      connectionId: body.connection_id,
      credential: toCredential(body.credentials),
      metadata: body.metadata,
      connectionConfig: body.connection_config,
      webhookUrlOverride: body.webhook_url_override,
      tags: body.tags,
      endUser: body.end_user && toEndUserInput(body.end_user),
    });
    return c.json(await importConnection(environment, services, prepared), 201);
  })
  .openapi(patch, async function handlePatch(c) {
    const body = c.req.valid('json');
    const key = {
      providerConfigKey: c.req.valid('query').provider_config_key,
      connectionId: c.req.valid('param').connectionId,
    };
    await patchConnection(c.var.environment, key, {
      endUser: body.end_user && toEndUserInput(body.end_user),
      tags: body.tags,
      webhookUrlOverride: body.webhook_url_override,
    }).catch(notFound);
    return c.json({ success: true as const }, 200);
  });

connections.route('/', shared('/connections'));
connections.route('/', shared('/connection'));
