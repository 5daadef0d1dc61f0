// What an MCP server says about who may give tokens for it: protected resource metadata (RFC 9728), then authorization server metadata
// (RFC 8414). Each document must name what it was fetched for, or somebody else could have written it.
// https://modelcontextprotocol.io/specification/latest/basic/authorization/authorization-server-discovery
import { SynclineError } from '../../errors.ts';
import type { SendTokenRequest } from '../send-token-request.ts';
import { parseBody, type RawTokenAnswer } from '../token-answer.ts';

export interface DiscoveredServer {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  registrationEndpoint?: string;
  revocationEndpoint?: string;
  /** It fetches the client's own metadata from the URL that is its id (CIMD). */
  takesMetadataDocument: boolean;
  /** RFC 9207: an answer without `iss` is somebody else's. */
  sendsIssuer: boolean;
  tokenAuthMethods: string[];
  /** Of the resource, else of the server. */
  scopes: string[];
  /** RFC 8707: what the tokens are for. */
  resource: string;
}

type Get = (url: string) => Promise<{ answer: RawTokenAnswer; data: Record<string, unknown> } | undefined>;

const deadlineMs = 10_000;

/** @param serverUrl as its user gave it. @throws SynclineError `url_param_err`, `provider_config_err` (400) */
export async function discoverServer(
  send: SendTokenRequest,
  serverUrl: string,
  session = '',
): Promise<DiscoveredServer> {
  const server = webUrl(serverUrl);
  if (!server) throw refused('url_param_err', 'The address of the MCP server is no http or https URL.');
  server.hash = '';
  const get: Get = async (url) => {
    const request = {
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
      body: null,
      keepHeaders: ['www-authenticate'],
    } as const;
    const options = { session, deadlineMs, now: Date.now };
    const answer = await send(request, options).catch((cause: unknown) => {
      if (cause instanceof SynclineError) return undefined; // not there; perhaps the next place
      throw cause;
    });
    return answer && { answer, data: answer.status === 200 ? parseBody(answer) : {} };
  };
  const resource = await readResource(get, server);
  // Older servers are their own authorization server and have no such document.
  const issuer = resource?.issuer ?? server.origin;
  const described = await readServer(get, issuer, server);
  return {
    ...described,
    resource: resource?.resource ?? canonical(server),
    scopes: resource?.scopes ?? described.scopes,
  };
}

async function readResource(get: Get, server: URL) {
  const challenged = await challengedUrl(get, server);
  for (const url of [...challenged, ...wellKnown('oauth-protected-resource', server)]) {
    const data = (await get(url))?.data ?? {};
    const { resource, authorization_servers: servers } = data;
    if (typeof resource !== 'string') continue;
    // RFC 9728 section 3.3.
    if (!isSameResource(resource, server)) {
      throw refused(
        'provider_config_err',
        'The MCP server describes another resource than the one that was asked for.',
      );
    }
    const issuer = Array.isArray(servers) ? servers.find((one) => typeof one === 'string' && webUrl(one)) : undefined;
    return { resource, issuer: issuer as string | undefined, scopes: texts(data['scopes_supported']) };
  }
  return undefined;
}

/** RFC 9728 section 5.1: a 401 says where the document is. Only the server's own origin is asked. */
async function challengedUrl(get: Get, server: URL): Promise<string[]> {
  const header = (await get(server.href))?.answer.headers?.['www-authenticate']?.join(', ') ?? '';
  const url = webUrl(/\bresource_metadata="?([^",\s]+)/i.exec(header)?.[1] ?? '');
  return url?.origin === server.origin ? [url.href] : [];
}

/** The document belongs to the very URL, to one above it, or to the whole origin. */
function isSameResource(resource: string, server: URL): boolean {
  const named = webUrl(resource);
  if (!named || named.origin !== server.origin) return false;
  const [above, below] = [named.pathname, server.pathname].map((path) => path.replace(/\/+$/, ''));
  return below === above || below!.startsWith(`${above}/`);
}

async function readServer(get: Get, issuer: string, server: URL) {
  const at = new URL(issuer);
  const places = [...wellKnown('oauth-authorization-server', at), ...wellKnown('openid-configuration', at)];
  if (at.pathname !== '/') places.push(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`);
  for (const url of places) {
    const data = (await get(url))?.data ?? {};
    if (typeof data['issuer'] !== 'string') continue;
    // RFC 8414 section 3.3, by simple string comparison; a slash at the end is forgiven.
    if (bare(data['issuer']) !== bare(issuer)) {
      throw refused('provider_config_err', 'The authorization server calls itself otherwise than the MCP server does.');
    }
    return toServer(data, server);
  }
  throw refused('provider_config_err', 'The MCP server does not say how to sign in (no RFC 8414 metadata was found).');
}

function toServer(data: Record<string, unknown>, server: URL): Omit<DiscoveredServer, 'resource'> {
  const required = (name: string) => {
    const url = endpoint(data[name], server);
    if (url === undefined)
      throw refused('provider_config_err', `The metadata of the authorization server has no usable ${name}.`);
    return url;
  };
  const methods = data['code_challenge_methods_supported'];
  if (!Array.isArray(methods) || !methods.includes('S256')) {
    throw refused('provider_config_err', 'The authorization server does not support PKCE with S256.');
  }
  const registration = endpoint(data['registration_endpoint'], server);
  const revocation = endpoint(data['revocation_endpoint'], server);
  return {
    issuer: String(data['issuer']),
    authorizationEndpoint: required('authorization_endpoint'),
    tokenEndpoint: required('token_endpoint'),
    ...(registration !== undefined && { registrationEndpoint: registration }),
    ...(revocation !== undefined && { revocationEndpoint: revocation }),
    takesMetadataDocument: data['client_id_metadata_document_supported'] === true,
    sendsIssuer: data['authorization_response_iss_parameter_supported'] === true,
    tokenAuthMethods: texts(data['token_endpoint_auth_methods_supported']),
    scopes: texts(data['scopes_supported']),
  };
}

/** https, unless the MCP server itself is not; never a text that our templates would fill or split. */
function endpoint(value: unknown, server: URL): string | undefined {
  const url = typeof value === 'string' && !/\$\{|\|\|/.test(value) ? webUrl(value) : undefined;
  if (!url || (url.protocol === 'http:' && server.protocol === 'https:')) return undefined;
  return url.username === '' && url.password === '' && url.hash === '' ? url.href : undefined;
}

/** RFC 8414 section 3.1: between host and path; then at the host alone. */
function wellKnown(name: string, { origin, pathname, search }: URL): string[] {
  const path = pathname.replace(/\/+$/, '');
  const whole = `${origin}/.well-known/${name}`;
  return path === '' ? [whole + search] : [`${whole}${path}${search}`, whole];
}

/** RFC 8707 section 2: absolute, without a fragment. */
const canonical = (url: URL): string => (url.pathname === '/' && url.search === '' ? url.origin : url.href);

const bare = (text: string) => text.replace(/\/+$/, '');

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

function webUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
}

const refused = (code: string, message: string) =>
  new SynclineError(code, message, { status: 400, hint: 'Check the address of the MCP server.' });
