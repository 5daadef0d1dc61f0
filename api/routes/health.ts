// Is the process alive, and is all it needs there? For supervisors and load balancers; no key.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnv } from '../context.ts';
import { json } from '../openapi.ts';

const getHealth = createRoute({
  method: 'get',
  path: '/health',
  summary: 'The process lives',
  security: [],
  responses: { 200: json('It does', z.object({ result: z.literal('ok') })) },
});

const readiness = z.object({
  ready: z.boolean(),
  components: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })),
});

const getReady = createRoute({
  method: 'get',
  path: '/ready',
  summary: 'Every component that requests need, and its state',
  security: [],
  responses: { 200: json('All of them work', readiness), 503: json('At least one does not', readiness) },
});

export const health = new OpenAPIHono<ApiEnv>()
  .openapi(getHealth, (c) => c.json({ result: 'ok' as const }, 200))
  .openapi(getReady, async function handleReady(c) {
    const components = await c.var.services.readiness();
    const ready = Object.values(components).every(({ ok }) => ok);
    return c.json({ ready, components }, ready ? 200 : 503);
  });
