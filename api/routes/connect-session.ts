// The session of whoever presents its token: what may be connected, what came of a flow, its end.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { readFlowOutcome } from '../../core/connections/flows/flow-results.ts';
import { deleteSession } from '../../core/connections/sessions/find-session.ts';
import { listConnectable } from '../../core/connections/sessions/list-connectable.ts';
import { isSessionToken } from '../../core/connections/sessions/session-token.ts';
import { toSessionView } from '../../core/connections/sessions/session-view.ts';
import { connectable, connectTelemetry, flowOutcome, sessionView } from '../connect-schemas.ts';
import type { ApiEnv } from '../context.ts';
import { socketsPath } from '../flow-sockets.ts';
import { unknownSession } from '../middleware/session-routes.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const get = createRoute({
  method: 'get',
  path: '/connect/session',
  summary: 'What the session may connect, for the connect page',
  request: { query: noQuery },
  responses: { 200: json('The session', sessionView), ...errorResponses(400) },
});

const remove = createRoute({
  method: 'delete',
  path: '/connect/session',
  summary: 'Ends the session',
  responses: { 204: { description: 'Its token is worth nothing any more' }, ...errorResponses(400) },
});

const getIntegrations = createRoute({
  method: 'get',
  path: '/connect/session/integrations',
  summary: 'What the session may connect, each with the form that it takes',
  request: { query: noQuery },
  responses: { 200: json('Integrations', connectable), ...errorResponses(400) },
});

const getResult = createRoute({
  method: 'get',
  path: '/connect/session/result',
  summary: 'What came of a flow; kept 10 minutes, for a page that lost its socket',
  request: { query: z.strictObject({ ws_client_id: z.string().min(1).max(255) }) },
  responses: { 200: json('The outcome', flowOutcome), ...errorResponses(400) },
});

export const connectSession = new OpenAPIHono<ApiEnv>()
  .openapi(get, function handleGet(c) {
    return c.json({ data: toSessionView(c.var.connectSession!, socketsPath) }, 200);
  })
  .openapi(remove, async function handleRemove(c) {
    await deleteSession(c.var.environment, c.var.connectSession!.id);
    return c.body(null, 204);
  })
  .openapi(getIntegrations, async function handleGetIntegrations(c) {
    const data = await listConnectable(c.var.environment, c.var.services.catalogue, c.var.connectSession!);
    return c.json({ data }, 200);
  })
  .openapi(getResult, async function handleGetResult(c) {
    const { ws_client_id: clientId } = c.req.valid('query');
    const data = await readFlowOutcome(c.var.environment, { sessionId: c.var.connectSession!.id, clientId });
    return c.json({ data }, 200);
  });

const postTelemetry = createRoute({
  method: 'post',
  path: '/connect/telemetry',
  summary: 'What happened in the connect page; checked and thrown away',
  security: [],
  request: { body: jsonBody(connectTelemetry) },
  responses: { 204: { description: 'Accepted' } },
});

/** Mounted in front of the keys: its token is in the body. */
export const connectTelemetryRoute = new OpenAPIHono<ApiEnv>().openapi(postTelemetry, function handleTelemetry(c) {
  if (!isSessionToken(c.req.valid('json').token)) throw unknownSession();
  return c.body(null, 204);
});
