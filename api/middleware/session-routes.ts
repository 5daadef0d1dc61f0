// Which routes take the token of a connect session or a public key, and where they are carried.
import type { Context } from 'hono';
import { isSessionToken } from '../../core/connections/sessions/session-token.ts';
import { SynclineError } from '../../core/errors.ts';

const sessionHint = 'Make a session on your server with POST /connect/sessions and hand its token to the browser.';

export const refused = (code: string, message: string, hint?: string) =>
  new SynclineError(code, message, { status: 401, payload: {}, ...(hint && { hint }) });

/** Besides keys, in the `Authorization` header. */
const alsoSessions = /^\/(integrations|providers(\/[^/]+)?)$/;
/** Nothing else, in the header. */
const onlySessions = /^\/connect\/session(\/(result|integrations))?$/;
/** Opened by a browser: in the query. */
const browser = /^\/(oauth\/connect|oauth2\/auth|api-auth\/(api-key|basic)|auth\/[a-z0-9-]+)\/[^/]+$/;

export const takesKeys = (path: string) => !browser.test(path) && !onlySessions.test(path);

export type Presented = { key: string } | { session: string; spent: boolean } | { publicKey: string };

/** @throws SynclineError for what is neither, before any lookup */
export function readPresented(c: Context, readKey: (token: string) => string): Presented {
  const { path, method } = c.req;
  if (browser.test(path)) return readQuery(c);
  const token = bearerToken(c);
  if (onlySessions.test(path)) {
    if (!isSessionToken(token)) {
      throw refused(
        'invalid_connect_session_token_format',
        'Authentication failed. This is not the token of a connect session.',
        'It begins with nango_connect_session_; POST /connect/sessions makes one.',
      );
    }
    return { session: token, spent: path.endsWith('/result') };
  }
  if (method === 'GET' && alsoSessions.test(path) && isSessionToken(token)) return { session: token, spent: false };
  return { key: readKey(token) };
}

export const unknownSession = () =>
  refused(
    'unknown_connect_session_token',
    'Authentication failed. This connect session is unknown or over.',
    'Make another with POST /connect/sessions.',
  );

function readQuery(c: Context): Presented {
  const token = c.req.query('connect_session_token');
  if (token !== undefined) {
    if (!isSessionToken(token)) {
      throw refused(
        'invalid_connect_session_token_format',
        'Authentication failed. This is not the token of a connect session.',
      );
    }
    return { session: token, spent: false };
  }
  const publicKey = c.req.query('public_key');
  if (publicKey !== undefined && publicKey !== '') return { publicKey };
  throw refused(
    'missing_public_key',
    'Authentication failed. The request carries no connect_session_token.',
    sessionHint,
  );
}

export const unknownPublicKey = (found: 'off' | 'unknown') =>
  found === 'off'
    ? refused('deprecated_authentication', 'Authentication failed. Public keys are switched off.', sessionHint)
    : refused('invalid_public_key', 'Authentication failed. No environment has this public key.');

function bearerToken(c: Context): string {
  const header = c.req.header('authorization');
  if (header === undefined) {
    throw refused(
      'missing_auth_header',
      'Authentication failed. The Authorization header is missing.',
      'Send "Authorization: Bearer <key>".',
    );
  }
  if (header.trim() === '')
    throw refused('malformed_auth_header', 'Authentication failed. The Authorization header is empty.');
  return /^Bearer\s+(\S+)$/i.exec(header.trim())?.[1] ?? '';
}
