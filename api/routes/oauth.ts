// Where a popup goes first: to the provider, with a state that only this browser can bring back.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { toFlowError } from '../../core/connections/flows/flow-error.ts';
import { startFlow } from '../../core/connections/flows/start-flow.ts';
import { bindBrowser } from '../../core/connections/sessions/bind-browser.ts';
import { createSendTokenRequest } from '../../core/credentials/send-token-request.ts';
import { pageHeaders, renderCallbackPage } from '../callback-page.ts';
import type { ApiEnv } from '../context.ts';
import { providerConfigKey } from '../fields.ts';
import { readFlowCookie, setFlowCookie } from '../flow-cookie.ts';
import { readFlowRequest } from '../flow-query.ts';
import { errorResponses } from '../openapi.ts';

const connect = createRoute({
  method: 'get',
  path: '/oauth/connect/{providerConfigKey}',
  summary:
    'Opened by a browser with a session token or a signed public key: redirects to the consent page of the provider',
  request: { params: z.object({ providerConfigKey }), query: z.looseObject({ ws_client_id: z.string().optional() }) },
  responses: {
    302: { description: 'To the provider' },
    ...errorResponses(400),
  },
});

export const oauth = new OpenAPIHono<ApiEnv>().openapi(connect, async function handleConnect(c) {
  const { config, catalogue, egress } = c.var.services;
  const { publicUrl } = config;
  const url = new URL(c.req.url);
  const home = awayFromHome(c, url, publicUrl);
  if (home !== undefined) return redirect(c, home) as never;
  if (c.var.connectSession?.strict) await stayInBrowser(c, publicUrl);
  try {
    const { providerConfigKey } = c.req.valid('param');
    const started = await startFlow(
      { catalogue, send: createSendTokenRequest(egress), publicUrl },
      c.var.environment,
      () => c.var.openSession!(providerConfigKey),
      { providerConfigKey, ...readFlowRequest(url.searchParams) },
    );
    setFlowCookie(c, publicUrl, started.cookie);
    return redirect(c, started.url) as never;
  } catch (cause) {
    const error = toFlowError(cause);
    if (error.status >= 500) throw cause;
    return c.body(renderCallbackPage({ error }), 400, pageHeaders) as never;
  }
});

/** @throws SynclineError `forbidden` */
async function stayInBrowser(c: Context<ApiEnv>, publicUrl: string): Promise<void> {
  const { environment, connectSession } = c.var;
  const bound = await bindBrowser(environment, connectSession!, (name) => readFlowCookie(c, publicUrl, name));
  setFlowCookie(c, publicUrl, { ...bound, lifeSeconds: strictLifeSeconds });
}

const redirect = (c: Context<ApiEnv>, location: string): Response =>
  c.body('Redirecting.', 302, {
    Location: location,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  });

/** As long as such a session may last. */
const strictLifeSeconds = 900;

/** Once; a proxy in front of us may show us another name for ever. */
const movedBy = 'moved';

/** The cookie must be set on the host that the provider sends the browser back to: `localhost` and `127.0.0.1` are two. */
function awayFromHome(c: Context<ApiEnv>, url: URL, publicUrl: string): string | undefined {
  const host = c.req.header('host');
  if (host === undefined || host === new URL(publicUrl).host || url.searchParams.has(movedBy)) return undefined;
  const query = new URLSearchParams(url.searchParams);
  query.set(movedBy, '1');
  return `${publicUrl}${url.pathname}?${query}`;
}
