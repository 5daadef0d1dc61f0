// Where the connect page sends what an end user entered: one endpoint for each auth mode that has a form. With a session's token, or a
// signed public key.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ConnectedAccount } from '../../core/connections/connect-account.ts';
import { type AskedAccount, connectEntered, connectOutbound } from '../../core/connections/connect-entered.ts';
import type { EnteredMode } from '../../core/credentials/modes/modes.ts';
import { createSendTokenRequest } from '../../core/credentials/send-token-request.ts';
import type { ApiEnv } from '../context.ts';
import { providerConfigKey } from '../fields.ts';
import { readFlowRequest } from '../flow-query.ts';
import { errorResponses, json, jsonBody } from '../openapi.ts';

const connected = z
  .object({ providerConfigKey: z.string(), connectionId: z.string(), isPending: z.literal(true).optional() })
  .openapi('ConnectedAccount');

/** Each mode's body is checked against the form of the integration's provider. */
const entered = z.record(z.string(), z.unknown());

/** `params[<name>]` are the fields of `connection_config`. */
const query = z.looseObject({
  connect_session_token: z.string().optional(),
  public_key: z.string().optional(),
  connection_id: z.string().optional().openapi({ description: 'With a public key, which is signed for it' }),
  hmac: z.string().optional(),
  user_scope: z.string().max(10_000).optional(),
});

const endpoints = [
  ['/api-auth/api-key', 'API_KEY', 'an API key'],
  ['/api-auth/basic', 'BASIC', 'a user name and password'],
  ['/oauth2/auth', 'OAUTH2_CC', 'a client of its own (client credentials)'],
  ['/auth/two-step', 'TWO_STEP', "a login that the provider's entry describes"],
  ['/auth/jwt', 'JWT', 'a key that signs tokens'],
  ['/auth/tba', 'TBA', 'a token pair that signs requests'],
  ['/auth/bill', 'BILL', 'a BILL login'],
  ['/auth/signature', 'SIGNATURE', 'a user name and secret that sign a token'],
  ['/auth/aws-sigv4', 'AWS_SIGV4', 'a role of an AWS account'],
  ['/auth/unauthenticated', 'NONE', 'nothing'],
] as const satisfies [string, EnteredMode, string][];

const routeOf = (path: string, what: string) =>
  createRoute({
    method: 'post',
    path: `${path}/{providerConfigKey}`,
    summary: `Connects an account by ${what}`,
    request: { params: z.strictObject({ providerConfigKey }), query, body: jsonBody(entered) },
    responses: { 200: json('The connection', connected), ...errorResponses(400, 404, 413, 502) },
  });

export const credentialEndpoints = new OpenAPIHono<ApiEnv>();

/** What all of them take besides a body. */
async function askedOf(c: Context<ApiEnv>, providerConfigKey: string): Promise<AskedAccount> {
  const { params } = readFlowRequest(new URL(c.req.url).searchParams);
  return { session: await c.var.openSession!(providerConfigKey), providerConfigKey, params };
}

const depsOf = ({ var: { services } }: Context<ApiEnv>) => ({
  ...services,
  send: createSendTokenRequest(services.egress),
});

const shown = ({ isPending, ...ids }: ConnectedAccount) => ({ ...ids, ...(isPending && { isPending: true as const }) });

for (const [path, mode, what] of endpoints) {
  credentialEndpoints.openapi(routeOf(path, what), async function handleEntered(c) {
    const asked = await askedOf(c, c.req.valid('param').providerConfigKey);
    const account = { ...asked, mode, body: c.req.valid('json') };
    return c.json(shown(await connectEntered(depsOf(c), c.var.environment, account)), 200);
  });
}

const outbound = routeOf(
  '/auth/oauth-outbound',
  'an installation that its provider completes: it is pending until then',
);

credentialEndpoints.openapi(outbound, async function handleOutbound(c) {
  const asked = await askedOf(c, c.req.valid('param').providerConfigKey);
  return c.json(shown(await connectOutbound(depsOf(c), c.var.environment, asked)), 200);
});
