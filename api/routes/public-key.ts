// The public key with which pages of older clients connect accounts without a session: off unless an environment wants it, and then
// good for what the app's server has signed. A new HMAC key is in the answer and nowhere else.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import {
  changePublicKey,
  type PublicKeySettings,
  readPublicKey,
  rotateHmacKey,
} from '../../core/environments/public-key.ts';
import type { ApiEnv } from '../context.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const one = z.object({
  data: z
    .object({
      enabled: z.boolean().openapi({ description: 'Without effect where sessions are strict' }),
      public_key: z.string().nullable(),
      has_hmac_key: z.boolean(),
    })
    .openapi('PublicKey'),
});

const get = createRoute({
  method: 'get',
  path: '/connect/public-key',
  summary: 'Whether pages may connect accounts with the public key of this environment',
  middleware: [requireScope('connect_settings:read')] as const,
  request: { query: noQuery },
  responses: { 200: json('The setting', one), ...errorResponses(400) },
});

const patch = createRoute({
  method: 'patch',
  path: '/connect/public-key',
  summary: 'Switches it on or off, or takes over keys that pages and their server use already',
  middleware: [requireScope('connect_settings:write')] as const,
  request: {
    query: noQuery,
    body: jsonBody(
      z.strictObject({
        enabled: z.boolean().optional(),
        public_key: z.uuid().optional(),
        hmac_key: z.string().min(16).max(1000).optional(),
      }),
    ),
  },
  responses: { 200: json('The setting', one), ...errorResponses(400, 409) },
});

const rotate = createRoute({
  method: 'post',
  path: '/connect/public-key/rotate',
  summary: 'A new HMAC key; the old one is void at once, the public key stays',
  middleware: [requireScope('connect_settings:write')] as const,
  request: { query: noQuery },
  responses: {
    200: json(
      'The keys; the HMAC key is shown this once',
      z.object({ data: z.object({ public_key: z.string(), hmac_key: z.string() }) }),
    ),
    ...errorResponses(400),
  },
});

const toView = ({ enabled, publicKey, hasHmacKey }: PublicKeySettings) => ({
  data: { enabled, public_key: publicKey, has_hmac_key: hasHmacKey },
});

export const publicKey = new OpenAPIHono<ApiEnv>()
  .openapi(get, async function handleGet(c) {
    return c.json(toView(await readPublicKey(c.var.environment)), 200);
  })
  .openapi(patch, async function handlePatch(c) {
    const { enabled, public_key, hmac_key } = c.req.valid('json');
    const change = { enabled, publicKey: public_key, hmacKey: hmac_key };
    return c.json(toView(await changePublicKey(c.var.environment, change)), 200);
  })
  .openapi(rotate, async function handleRotate(c) {
    const made = await rotateHmacKey(c.var.environment);
    return c.json({ data: { public_key: made.publicKey, hmac_key: made.hmacKey } }, 200);
  });
