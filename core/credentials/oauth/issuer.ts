// Who answered (RFC 9207): the `iss` of a callback must be the server that the browser was sent to. Against mix-up.
import type { Provider } from '../../../providers/schema.ts';
import { SynclineError } from '../../errors.ts';
import { interpolate, type Scope } from '../../proxy/interpolate.ts';

/** Pinned when the flow starts. */
export interface ExpectedIssuer {
  /** Exact, where the entry names it. */
  issuer?: string;
  /** Else its origin must be one of these: of the authorization and of the token endpoint. */
  origins: string[];
  /** The server says in its metadata that it always sends it: an answer without one is somebody else's. */
  required: boolean;
}

export function expectedIssuer(
  { issuer, authorization_response_iss_parameter_supported: required = false }: Provider,
  scope: Scope,
  endpoints: string[],
): ExpectedIssuer {
  const filled = issuer === undefined ? undefined : interpolate(issuer, scope);
  return {
    ...(filled && filled.unresolved.length === 0 && { issuer: filled.text }),
    origins: [...new Set(endpoints.map((endpoint) => new URL(endpoint).origin))],
    required,
  };
}

/** @throws SynclineError `callback_err` (400) */
export function checkIssuer({ issuer, origins, required }: ExpectedIssuer, iss: string | undefined): void {
  if (iss === undefined) {
    if (required) throw mixedUp('The answer does not say which server it is from.');
    return;
  }
  // Simple string comparison, as RFC 9207 section 2.4 wants it.
  const isExpected = issuer === undefined ? origins.includes(URL.parse(iss)?.origin ?? '') : iss === issuer;
  if (!isExpected) throw mixedUp('The answer is from another server than the one that was asked.');
}

const mixedUp = (message: string) =>
  new SynclineError('callback_err', message, {
    status: 400,
    hint: 'Nothing was connected. Start again; if it happens again, tell the developer of the app.',
  });
