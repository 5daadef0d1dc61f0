// `/v1/*`, the older way to an app's own endpoints: a model's records or an action, by the method and path it declares.
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { SynclineError } from '../../core/errors.ts';
import { listFunctions } from '../../core/functions/read-functions.ts';
import { integrationHeaders, toConnectionKey } from '../connection-headers.ts';
import type { ApiEnv } from '../context.ts';
import { findDeclaredEndpoint } from '../declared-endpoint.ts';
import { assertFirst } from '../middleware/idempotency.ts';
import { assertScope } from '../middleware/require-scope.ts';
import { answerPage, pageQuery } from '../records-page.ts';
import { respondError } from '../respond-error.ts';
import { parsePart } from '../validation.ts';

export const passthrough = new OpenAPIHono<ApiEnv>();

passthrough.all('/v1/*', async function handlePassthrough(c) {
  const named = toConnectionKey(parsePart('header', integrationHeaders, c.req.header()));
  const path = decodePath(c.req.path.slice('/v1'.length));
  const functions = await listFunctions(c.var.environment, named.providerConfigKey);
  const found = findDeclaredEndpoint(functions, c.req.method, path);
  if (!found) return respondUnknown(c);
  if (found.kind === 'model') {
    assertScope(c, 'records:read');
    const query = parsePart('query', pageQuery, queryOf(c));
    return answerPage(c, { ...named, model: found.model }, query);
  }
  assertScope(c, 'actions:execute');
  assertFirst(c.var.idempotency);
  const { output } = await c.var.services.runAction({
    environment: c.var.environment,
    ...named,
    actionName: found.name,
    input: await readInput(c),
  });
  return c.body(output, 200, { 'Content-Type': 'application/json' });
});

/** No body is no input, which the JSON middleware has turned into `{}`. */
async function readInput(c: Context<ApiEnv>): Promise<unknown> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || (await c.req.text()).trim() === '') return undefined;
  return c.req.json();
}

/** A name that comes once is a text, one that comes again a list, as the validators of other routes see it. */
const queryOf = (c: Context<ApiEnv>) =>
  Object.fromEntries(Object.entries(c.req.queries()).map(([name, all]) => [name, all.length === 1 ? all[0] : all]));

function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path; // declared by nobody
  }
}

/** Flat, as its clients read it, and with our envelope. */
async function respondUnknown(c: Context<ApiEnv>): Promise<Response> {
  const message = `No function of this integration declares ${c.req.method} ${c.req.path.slice('/v1'.length)}.`;
  const hint = 'GET /scripts/config lists the endpoints.';
  const response = respondError(c, new SynclineError('not_found', message, { status: 404, hint }));
  return new Response(JSON.stringify({ message, ...((await response.json()) as object) }), response);
}
