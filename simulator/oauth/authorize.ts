// The authorization endpoint (RFC 6749 section 4.1.1, PKCE by RFC 7636, `iss` by RFC 9207): a consent page, or `auto=1`.
import { type ApiRequest, empty, html, type Reply } from '../reply.ts';
import type { Grants } from './grants.ts';
import type { OAuthOptions } from './options.ts';

const passedOn = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
] as const;

/** GET shows the page, POST is its form. `auto=1` consents and `auto=deny` refuses without a page. */
export function createAuthorize(options: () => OAuthOptions, grants: Grants) {
  return function authorize(request: ApiRequest): Reply {
    const asked = request.method === 'POST' ? new URLSearchParams(request.body.toString('utf8')) : request.query;
    const clientId = asked.get('client_id') ?? '';
    const redirectUri = asked.get('redirect_uri') ?? '';
    const client = options().clients.find((known) => known.clientId === clientId);
    // Nothing is sent to an address that is not known to be the client's (RFC 6749 section 4.1.2.1).
    if (!client) return html(400, page('Unknown client', `<p>No client ${escapeHtml(clientId)}.</p>`));
    if (!URL.canParse(redirectUri) || (client.redirectUris && !client.redirectUris.includes(redirectUri))) {
      return html(400, page('Wrong redirect URI', `<p>${escapeHtml(redirectUri)} is not registered.</p>`));
    }

    const answer = (parameters: Record<string, string>): Reply => {
      const target = new URL(redirectUri);
      const state = asked.get('state');
      const issuer = { right: request.origin, wrong: 'https://attacker.example', none: undefined }[options().iss];
      for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
      if (state !== null) target.searchParams.set('state', state);
      if (issuer !== undefined) target.searchParams.set('iss', issuer);
      for (const [name, value] of Object.entries(options().redirectParams)) target.searchParams.set(name, value);
      return empty(302, { location: target.href, 'cache-control': 'no-store' });
    };

    const challenge = asked.get('code_challenge') ?? undefined;
    if (asked.get('response_type') !== 'code') return answer({ error: 'unsupported_response_type' });
    if (challenge === undefined && options().requirePkce) {
      return answer({ error: 'invalid_request', error_description: 'code_challenge required' });
    }
    if (challenge !== undefined && asked.get('code_challenge_method') !== 'S256') {
      return answer({ error: 'invalid_request', error_description: 'code_challenge_method must be S256' });
    }
    const decision = asked.get('auto') ?? (request.method === 'POST' ? asked.get('decision') : null);
    if (decision === 'deny') return answer({ error: 'access_denied' });
    if (decision === '1' || decision === 'allow') {
      const scope = asked.get('scope') ?? '';
      return answer({ [options().codeParam]: grants.createCode({ clientId, redirectUri, scope, challenge }) });
    }
    return html(200, consentPage(asked), { 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
  };
}

function consentPage(asked: URLSearchParams): string {
  const hidden = passedOn
    .filter((name) => asked.has(name))
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(asked.get(name) ?? '')}">`);
  const scope = asked.get('scope');
  return page(
    'Simulated provider',
    `<p><b>${escapeHtml(asked.get('client_id') ?? '')}</b> wants to use your account${scope ? ` (${escapeHtml(scope)})` : ''}.</p>
<form method="post" action="/oauth/authorize">${hidden.join('')}
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>`,
  );
}

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px system-ui;max-width:28rem;margin:15vh auto}button{font:inherit;padding:.5rem 1.25rem}</style></head>
<body><h1>${title}</h1>${content}</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
