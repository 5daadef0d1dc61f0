// Dynamic client registration (RFC 7591): we introduce ourselves to an authorization server and get a client id.
import { SynclineError } from '../../errors.ts';
import { placeParams } from '../place-params.ts';
import type { SendTokenRequest } from '../send-token-request.ts';
import { parseBody, refusalOf, tokenText } from '../token-answer.ts';

export interface Registration {
  /** Exactly those that flows will use. */
  redirectUris: string[];
  clientName: string;
  clientUri?: string | undefined;
  logoUri?: string | undefined;
  scopes?: readonly string[] | undefined;
  /** What the server knows; default by RFC 8414: `client_secret_basic`. */
  tokenAuthMethods?: readonly string[] | undefined;
  /** `registration_params` of an entry. */
  extra?: Record<string, unknown> | undefined;
}

export interface RegisteredClient {
  client_id: string;
  client_secret?: string;
}

const deadlineMs = 15_000;

/** @throws SynclineError `provider_config_err` (400) */
export async function registerClient(
  send: SendTokenRequest,
  registrationUrl: string,
  { redirectUris, clientName, clientUri, logoUri, scopes, tokenAuthMethods, extra }: Registration,
): Promise<RegisteredClient> {
  const request = placeParams({
    url: registrationUrl,
    method: 'POST',
    headers: { accept: 'application/json' },
    format: 'json',
    params: {
      client_name: clientName,
      ...(clientUri && { client_uri: clientUri }),
      ...(logoUri && { logo_uri: logoUri }),
      redirect_uris: redirectUris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: authMethod(tokenAuthMethods),
      ...(scopes && scopes.length > 0 && { scope: scopes.join(' ') }),
      ...extra,
    },
  });
  const answer = await send(request, { session: '', deadlineMs, now: Date.now }).catch((cause: unknown) => {
    const code = cause instanceof SynclineError ? cause.code : 'request_failed';
    throw refused(`could not be reached (${code})`, cause);
  });
  const data = parseBody(answer);
  const clientId = tokenText(data['client_id']);
  if ((answer.status !== 200 && answer.status !== 201) || clientId === undefined) {
    const { error, description } = refusalOf(answer.status, data);
    const said = [error, description].filter((text) => text !== undefined).join(': ');
    throw refused(`did not register this platform (status ${answer.status}${said ? `, ${said.slice(0, 300)}` : ''})`);
  }
  const secret = tokenText(data['client_secret']);
  return {
    client_id: clientId,
    ...(secret !== undefined && { client_secret: secret }),
  };
}

/** In the body is what we do unless an entry says otherwise; without a secret where nothing else is known. */
function authMethod(known: readonly string[] = []): string {
  return (
    ['client_secret_post', 'none', 'client_secret_basic'].find((method) => known.includes(method)) ??
    'client_secret_post'
  );
}

const refused = (what: string, cause?: unknown) =>
  new SynclineError('provider_config_err', `The authorization server ${what}.`, {
    status: 400,
    hint: 'Register a client there by hand and set its id at the integration.',
    cause,
  });
