// The page where an end user connects an account: a document without anything of a session in it, and its two files. Needs no key: the
// page brings the session's token itself. (Its sources: connect/.)
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { findSession } from '../../core/connections/sessions/find-session.ts';
import { isSessionToken } from '../../core/connections/sessions/session-token.ts';
import { isWebOrigin } from '../../core/environments/connect-settings.ts';
import { type ConnectFile, connectProgram } from '../connect-program.ts';
import type { ApiEnv } from '../context.ts';

const yearSeconds = 31_536_000;

/** Until the script runs, and where none can: what a reader hears of. */
const renderPage = (assets: string, script: ConnectFile, style: ConnectFile): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Connect</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets}${style.name}">
<script type="module" src="${assets}${script.name}"></script>
</head>
<body>
<div id="page"><main class="stage"><noscript><p>This page needs JavaScript.</p></noscript></main></div>
</body>
</html>
`;

/** Everything from here: a strict policy, in which nothing inline runs. */
function policyOf(publicUrl: string, ancestors: string): string {
  const sockets = new URL(publicUrl).origin.replace(/^http/, 'ws');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${sockets}`, // older browsers do not take 'self' for sockets
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors}`,
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/**
 * Any page may show it: without a token it does nothing, and an app that shows it sends the token from its own page. Where the address
 * itself names the session, its environment's list holds; for the rest the page compares that list with the page around it.
 */
async function ancestorsOf(c: Context<ApiEnv>): Promise<string> {
  const token = c.req.query('session_token') ?? '';
  if (!isSessionToken(token)) return '*';
  const found = await findSession(c.var.services.database, token);
  const { origins } = found?.session.settings ?? {};
  return origins ? ["'self'", ...origins.filter(isWebOrigin)].join(' ') : '*';
}

const shared = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

function send(c: Context<ApiEnv>, { type, bytes, coded }: ConnectFile) {
  const accepted = c.req.header('accept-encoding') ?? '';
  const coding = (['br', 'gzip'] as const).find((name) =>
    new RegExp(`\\b${name}\\b(?!;\\s*q=0(\\.0*)?(,|$))`).test(accepted),
  );
  return c.body(new Uint8Array(coding ? coded[coding] : bytes), 200, {
    ...shared,
    'Content-Type': type,
    'Cache-Control': `public, max-age=${yearSeconds}, immutable`,
    'Cross-Origin-Resource-Policy': 'same-origin',
    Vary: 'Accept-Encoding',
    ...(coding && { 'Content-Encoding': coding }),
  });
}

export const connectPage = new OpenAPIHono<ApiEnv>()
  .get('/connect', async function handlePage(c) {
    const { publicUrl } = c.var.services.config;
    const { script, style } = await connectProgram();
    const assets = `${new URL(publicUrl).pathname.replace(/\/$/, '')}/connect/assets/`;
    return c.body(renderPage(assets, script, style), 200, {
      ...shared,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policyOf(publicUrl, await ancestorsOf(c)),
      'Cache-Control': 'no-store', // its address may hold a token
    });
  })
  .get('/connect/assets/:name', async function handleAsset(c) {
    const files = Object.values(await connectProgram()) as ConnectFile[];
    const file = files.find(({ name }) => name === c.req.param('name'));
    return file ? send(c, file) : c.notFound();
  });
