// Some command lines report their use. It is accepted, so that they go on, and thrown away.
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from '../context.ts';

const postTelemetry = createRoute({
  method: 'post',
  path: '/cli/telemetry',
  summary: 'Discarded',
  security: [],
  responses: { 204: { description: 'Discarded' } },
});

export const telemetry = new OpenAPIHono<ApiEnv>().openapi(postTelemetry, (c) => c.body(null, 204));
