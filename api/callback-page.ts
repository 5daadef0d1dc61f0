// The page at the end of a flow, in the popup: says what came of it, tells the page that opened it, closes itself.
import { createHash } from 'node:crypto';
import type { FlowEnd } from '../core/connections/flows/finish-flow.ts';

/**
 * Reads what it tells from a data block, so that no text of a provider is ever code. Codes and states of the URL are taken
 * off the window's history first. On failure it stays open: somebody should read it.
 */
const script = `
history.replaceState(null, '', location.pathname);
const { origin, message } = JSON.parse(document.getElementById('told').textContent);
if (window.opener && origin) window.opener.postMessage(message, origin);
if ('BroadcastChannel' in window) new BroadcastChannel('nango-oauth-callback').postMessage(message);
document.getElementById('close').addEventListener('click', () => window.close());
if (message.type.endsWith('success')) setTimeout(() => window.close(), 500);
`;

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 28rem; margin: 15vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.25rem; }
.code { color: GrayText; font-size: .875rem; }
button { font: inherit; padding: .5rem 1.25rem; }
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const pageHeaders: Record<string, string> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Ids and codes only: the opener asks for the result with its own token. */
export function renderCallbackPage({ flow, connected, error }: FlowEnd): string {
  const payload = {
    ...(connected && { provider_config_key: connected.providerConfigKey, connection_id: connected.connectionId }),
    ...(error && { error_type: error.code }),
  };
  const type = error ? 'nango_oauth_callback_error' : 'nango_oauth_callback_success';
  const told = { origin: flow?.openerOrigin ?? null, message: { type, ...(flow && { flow_id: flow.id }), payload } };
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${error ? 'Not connected' : 'Connected'}</title><style>${style}</style></head>
<body><main role="${error ? 'alert' : 'status'}">${error ? failure(error) : success}</main>
<p><button type="button" id="close">Close this window</button></p>
<script type="application/json" id="told">${JSON.stringify(told).replace(/</g, '\\u003c')}</script>
<script>${script}</script></body></html>
`;
}

const success = '<h1>Connected</h1><p>You can close this window and go back to the app.</p>';

const failure = ({ code, message, hint }: NonNullable<FlowEnd['error']>) =>
  `<h1>Not connected</h1><p>${escapeHtml(message)}</p>${hint === undefined ? '' : `<p>${escapeHtml(hint)}</p>`}
<p class="code">${escapeHtml(code)}</p>`;

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
