// The API reference: made from the schemas that validate, and a page to read it that loads nothing from other hosts.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from '../context.ts';

const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const start = `window.onload = () => {
  window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });
};
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Syncline API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

// Swagger UI sets style attributes and shows inlined images; it needs nothing else.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `described`: the app whose routes are documented; read at the first request, when all are mounted. */
export function docs(described: OpenAPIHono<ApiEnv>) {
  let document: string | undefined;

  function openApiDocument(): string {
    described.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key: `sl_<environment>_…`.',
    });
    return JSON.stringify(
      described.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title: 'Syncline', version: '0.1.0', description: 'Self-hosted product integrations.' },
        security: [{ apiKey: [] }],
      }),
    );
  }

  return new OpenAPIHono<ApiEnv>()
    .get('/openapi.json', (c) => {
      document ??= openApiDocument();
      return c.body(document, 200, { 'content-type': 'application/json; charset=utf-8' });
    })
    .get('/docs', (c) => c.html(page, 200, { 'content-security-policy': policy }))
    .get('/docs/start.js', (c) => c.body(start, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
    .get('/docs/:asset', async (c) => {
      const asset = c.req.param('asset');
      const type = Object.hasOwn(assets, asset) ? assets[asset] : undefined;
      if (type === undefined) return c.notFound();
      const bytes = await readFile(join(swaggerUi, asset));
      return c.body(new Uint8Array(bytes), 200, { 'content-type': type, 'cache-control': 'max-age=86400' });
    });
}
