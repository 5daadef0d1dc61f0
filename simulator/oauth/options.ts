// How the authorization server behaves, well or badly. Changeable while it runs.

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  /** Exact matches; any URI when absent. */
  redirectUris?: string[];
}

export interface OAuthOptions {
  clients: OAuthClient[];
  /**
   * `none`: refresh tokens live on and are not repeated in answers (RFC 6749 section 6 allows that). `grace`: each use makes a new
   * one, the old one works for a while. `strict`: the old one is dead at once, and its reuse ends the grant (RFC 9700 section 4.14).
   */
  rotation: 'none' | 'grace' | 'strict';
  graceSeconds: number;
  accessTokenTtlSeconds: number;
  /** Between the work and the answer of the token endpoint: the client that dies here has an unknown outcome. */
  delayMs: number;
  /** Refuse authorization requests without `code_challenge`. */
  requirePkce: boolean;
  issueRefreshToken: boolean;
  /** The `iss` of RFC 9207 in the redirect; `wrong` plays the mix-up attacker. */
  iss: 'right' | 'wrong' | 'none';
  /** `form` is what GitHub sends unless asked otherwise. */
  answerFormat: 'json' | 'form';
  /** Laid over every token answer; a member that is undefined is left out of it. */
  tokenAnswer: Record<string, unknown>;
  /** Sent instead of it, although the grant was made. */
  tokenReply: { status: number; contentType: string; body: string; headers?: Record<string, string> } | undefined;
  /** How clients have to prove themselves. */
  clientAuth: 'any' | 'basic' | 'body';
  /** What the redirect calls the code. */
  codeParam: string;
  /** Further parameters of the redirect. */
  redirectParams: Record<string, string>;
}

export const defaultOAuth: OAuthOptions = {
  clients: [{ clientId: 'sim-client', clientSecret: 'sim-secret' }],
  rotation: 'strict',
  graceSeconds: 60,
  accessTokenTtlSeconds: 3600,
  delayMs: 0,
  requirePkce: false,
  issueRefreshToken: true,
  iss: 'right',
  answerFormat: 'json',
  tokenAnswer: {},
  tokenReply: undefined,
  clientAuth: 'any',
  codeParam: 'code',
  redirectParams: {},
};
