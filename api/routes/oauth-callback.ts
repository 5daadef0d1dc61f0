// Where the provider sends the browser back to: at a URI of the integration, or at the shared one. Needs no key: the state and
// the browser's cookie say whose flow it is.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { finishFlow } from '../../core/connections/flows/finish-flow.ts';
import { flowCookieName } from '../../core/connections/flows/flow-state.ts';
import type { Arrival } from '../../core/connections/flows/redirect-uri.ts';
import { createSendTokenRequest } from '../../core/credentials/send-token-request.ts';
import { pageHeaders, renderCallbackPage } from '../callback-page.ts';
import type { ApiEnv } from '../context.ts';
import { clearFlowCookie, readFlowCookie } from '../flow-cookie.ts';
import { readCallbackQuery } from '../flow-query.ts';

const html = { 'text/html': { schema: z.string() } };

const route = <const P extends string>(path: P) =>
  createRoute({
    method: 'get',
    path,
    summary: 'A page for the popup of a flow that ends; opened by the provider',
    security: [],
    responses: {
      200: { description: 'Connected', content: html },
      400: { description: 'Not connected', content: html },
    },
  });

async function handleReturn(c: Context<ApiEnv>, arrival: Arrival) {
  const { services } = c.var;
  const { publicUrl } = services.config;
  const { searchParams } = new URL(c.req.url);
  const callback = readCallbackQuery(searchParams);
  const end = await finishFlow(
    { ...services, send: createSendTokenRequest(services.egress), publicUrl },
    { ...callback, arrival, cookie: (name) => readFlowCookie(c, publicUrl, name) },
  );
  const state = callback.query['state'] ?? callback.query['payload'];
  if (end.flow && state !== undefined) clearFlowCookie(c, publicUrl, flowCookieName(state));
  // Ours to fix: with its request id in the answer, and reported.
  if (end.error && end.error.status >= 500) throw end.error.cause ?? end.error;
  return c.body(renderCallbackPage(end), end.error ? 400 : 200, pageHeaders) as never;
}

export const oauthCallback = new OpenAPIHono<ApiEnv>()
  .openapi(route('/oauth/callback'), (c) => handleReturn(c, 'shared'))
  .openapi(route('/oauth/callback/{integrationId}'), (c) =>
    handleReturn(c, { integrationId: c.req.param('integrationId') }),
  )
  .openapi(route('/app-auth/connect'), (c) => handleReturn(c, 'app'));
