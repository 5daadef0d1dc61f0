// The queries of the browser's two visits, read by hand: bracketed names, and repetitions that mean something.
import type { FlowRequest } from '../core/connections/flows/start-flow.ts';

type Asked = Omit<FlowRequest, 'providerConfigKey'>;

const bracketed = /^([a-z_]+)\[([^\]]{1,255})\]$/;

/** @example readFlowRequest(new URLSearchParams('params[subdomain]=acme')).params // { subdomain: 'acme' } */
export function readFlowRequest(query: URLSearchParams): Asked {
  const params: Record<string, string> = {};
  const browserParams: Record<string, string> = {};
  const credentials: Record<string, string> = {};
  const groups: Record<string, Record<string, string>> = { params, authorization_params: browserParams, credentials };
  for (const [key, value] of query) {
    const [, group = '', name = ''] = bracketed.exec(key) ?? [];
    const target = Object.hasOwn(groups, group) ? groups[group] : undefined;
    // A key of its own, whatever its name: `__proto__` is a name like any other.
    if (target) Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  }
  const text = (name: string) => query.get(name) || undefined;
  return {
    clientId: text('ws_client_id'),
    params,
    browserParams,
    userScopes: (text('user_scope') ?? '').split(',').filter((scope) => scope.trim() !== ''),
    override: {
      clientId: credentials['oauth_client_id_override'],
      clientSecret: credentials['oauth_client_secret_override'],
      refreshToken: credentials['oauth_refresh_token_override'],
    },
    openerOrigin: text('opener_origin'),
  };
}

/** RFC 6749 section 3.1: a parameter comes once. */
export function readCallbackQuery(query: URLSearchParams): { query: Record<string, string>; repeated: string[] } {
  const names = [...new Set(query.keys())];
  const once = names.filter((name) => query.getAll(name).length === 1);
  return {
    query: Object.fromEntries(once.map((name) => [name, query.get(name)!])),
    repeated: names.filter((name) => !once.includes(name)),
  };
}
