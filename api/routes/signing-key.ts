// Rotation of the key that signs what the app receives. The new key is in the answer and nowhere else.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { rotateSigningKey } from '../../core/environments/signing-keys.ts';
import type { ApiEnv } from '../context.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, noQuery } from '../openapi.ts';

const maxOverlapSeconds = 86_400;

const rotate = createRoute({
  method: 'post',
  path: '/environment/webhook-signing-key/rotate',
  summary: 'A new webhook signing key; the old one stays known for the overlap',
  middleware: [requireScope('webhook_signing_key:rotate')] as const,
  request: {
    query: noQuery,
    body: {
      content: {
        'application/json': {
          schema: z.strictObject({
            /** How long `X-Nango-Hmac-Sha256-Previous` is sent. */
            overlap_seconds: z.number().int().min(0).max(maxOverlapSeconds).optional(),
          }),
        },
      },
      required: false,
    },
  },
  responses: {
    200: json(
      'The key, shown this once',
      z.object({ data: z.object({ webhook_signing_key: z.string(), previous_until: z.string().nullable() }) }),
    ),
    ...errorResponses(400),
  },
});

export const signingKey = new OpenAPIHono<ApiEnv>().openapi(rotate, async function handleRotate(c) {
  const { overlap_seconds: overlapSeconds = maxOverlapSeconds } = c.req.valid('json') ?? {};
  const { current, previous } = await rotateSigningKey(c.var.environment, { overlapSeconds });
  return c.json({ data: { webhook_signing_key: current, previous_until: previous?.until.toISOString() ?? null } }, 200);
});
