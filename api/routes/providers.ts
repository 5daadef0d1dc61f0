// The catalogue: which providers there are and what they need. One object for machines, a list and single entries for people.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { SynclineError } from '../../core/errors.ts';
import { drawLogo, type Provider } from '../../core/integrations/catalogue.ts';
import type { ApiEnv } from '../context.ts';
import { functionName } from '../fields.ts';
import { errorResponses, json } from '../openapi.ts';

const provider = z.custom<Provider>().openapi({ type: 'object', description: 'Entry of the catalogue' });

const getCatalogue = createRoute({
  method: 'get',
  path: '/providers.json',
  summary: 'The whole catalogue, keyed by name',
  security: [],
  responses: { 200: json('The catalogue', z.record(z.string(), provider)), 304: { description: 'It has not changed' } },
});

export const catalogue = new OpenAPIHono<ApiEnv>().openapi(getCatalogue, function handleGetCatalogue(c) {
  const { etag, json: text } = c.var.services.catalogue;
  c.header('ETag', etag);
  c.header('Cache-Control', 'no-cache');
  const known = c.req
    .header('if-none-match')
    ?.split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.includes(etag) || known?.includes('*')) return c.body(null, 304);
  return c.body(text(), 200, { 'content-type': 'application/json; charset=utf-8' }) as never;
});

const unknownProvider = (name: string) =>
  new SynclineError('not_found', `There is no provider '${name}'.`, {
    status: 404,
    hint: 'GET /providers lists them.',
  });

/** `Provider.logo_url` leads here. A picture of ours, that a page of any origin may show. */
catalogue.get('/images/providers/:file{.+\\.svg}', function handleGetLogo(c) {
  const name = c.req.param('file').replace(/\.svg$/, '');
  const provider = c.var.services.catalogue.get(name);
  if (!provider) throw unknownProvider(name);
  return c.body(drawLogo(provider), 200, {
    'content-type': 'image/svg+xml',
    'cache-control': 'public, max-age=86400',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  });
});

const listProviders = createRoute({
  method: 'get',
  path: '/providers',
  summary: 'Providers by name; `search` is a part of the name or display name',
  request: { query: z.strictObject({ search: z.string().optional(), connect_session_token: z.string().optional() }) },
  responses: { 200: json('Providers', z.object({ data: z.array(provider) })), ...errorResponses(400) },
});

const providerParams = z.strictObject({ provider: functionName });

const getProvider = createRoute({
  method: 'get',
  path: '/providers/{provider}',
  summary: 'One provider',
  request: { params: providerParams },
  responses: { 200: json('The provider', z.object({ data: provider })), ...errorResponses(400, 404) },
});

const listTemplates = createRoute({
  method: 'get',
  path: '/providers/{provider}/templates',
  summary: 'Ready-made functions for a provider',
  request: { params: providerParams },
  responses: {
    200: json('Templates', z.object({ data: z.array(z.looseObject({ name: z.string() })) })),
    ...errorResponses(400, 404),
  },
});

export const providers = new OpenAPIHono<ApiEnv>()
  .openapi(listProviders, (c) => c.json({ data: c.var.services.catalogue.list(c.req.valid('query').search) }, 200))
  .openapi(getProvider, function handleGetProvider(c) {
    const { provider: name } = c.req.valid('param');
    const found = c.var.services.catalogue.get(name);
    if (!found) throw unknownProvider(name);
    return c.json({ data: found }, 200);
  })
  .openapi(listTemplates, function handleListTemplates(c) {
    const { provider: name } = c.req.valid('param');
    if (!c.var.services.catalogue.get(name)) throw unknownProvider(name);
    return c.json({ data: [] }, 200);
  });
