// Connect sessions, made by the app's server: the right to connect one account, or to renew one connection.
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { createSession, type NewSession } from '../../core/connections/sessions/create-session.ts';
import { madeSession, newSession, reconnectSession, toNewSession } from '../connect-schemas.ts';
import type { ApiEnv } from '../context.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const create = createRoute({
  method: 'post',
  path: '/connect/sessions',
  summary: 'Makes a session whose holder may connect an account',
  middleware: [requireScope('connect_sessions:write')] as const,
  request: { query: noQuery, body: jsonBody(newSession) },
  responses: { 201: json('The session; its token is shown once', madeSession), ...errorResponses(400) },
});

const reconnect = createRoute({
  method: 'post',
  path: '/connect/sessions/reconnect',
  summary: 'Makes a session whose holder may renew one connection',
  middleware: [requireScope('connect_sessions:write')] as const,
  request: { query: noQuery, body: jsonBody(reconnectSession) },
  responses: { 201: json('The session; its token is shown once', madeSession), ...errorResponses(400) },
});

async function make(c: Context<ApiEnv>, wanted: NewSession) {
  const { database, config } = c.var.services;
  const { token, expiresAt } = await createSession(database, c.var.environment, wanted);
  // In the fragment it reaches no server and no log.
  const link = `${config.publicUrl}/connect/#session_token=${token}`;
  return { data: { token, connect_link: link, expires_at: expiresAt.toISOString() } };
}

export const connectSessions = new OpenAPIHono<ApiEnv>()
  .openapi(create, async function handleCreate(c) {
    const { allowed_integrations, ...body } = c.req.valid('json');
    return c.json(await make(c, { ...toNewSession(body), allowedIntegrations: allowed_integrations }), 201);
  })
  .openapi(reconnect, async function handleReconnect(c) {
    const { connection_id, integration_id, ...body } = c.req.valid('json');
    const bound = { connectionId: connection_id, providerConfigKey: integration_id };
    return c.json(await make(c, { ...toNewSession(body), reconnect: bound }), 201);
  });
