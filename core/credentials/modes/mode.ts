// What an auth mode is: inputs of a person to a credential, and a credential to its next one. Requests and their reading are
// values, so that one driver sends them at connect and another, under the row's lock and with a journal, at renewal.
import type { z } from 'zod';
import type { Provider } from '../../../providers/schema.ts';
import type { ProxyConnection } from '../../proxy/entry.ts';
import type { Credential } from '../credential.ts';
import type { TokenRequest } from '../place-params.ts';
import type { RawTokenAnswer, Refusal } from '../token-answer.ts';

/** The developer's app, of any mode. */
export interface App {
  type?: string;
  client_id?: string | undefined;
  client_secret?: string | undefined;
  scopes?: string | undefined;
  app_id?: string | undefined;
  private_key?: string | undefined;
  app_link?: string | undefined;
  client_name?: string | undefined;
  client_uri?: string | undefined;
  client_logo_uri?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
}

/** Whose credential it is. */
export interface ModeSubject {
  provider: Provider;
  app: App;
  /** `integration_config`, secret values included. */
  integrationConfig: Record<string, string>;
  connection: ProxyConnection;
  now: Date;
}

export const withConfig = (subject: ModeSubject, connectionConfig: Record<string, unknown>): ModeSubject => ({
  ...subject,
  connection: { ...subject.connection, connectionConfig },
});

export interface Made {
  credential: Credential;
  /** undefined: not told, so never renewed by time. */
  expiresAt: Date | undefined;
  /** What of the answer belongs into `connection_config`. */
  config?: Record<string, unknown>;
}

export type Outcome = { made: Made } | { refusal: Refusal };

/** Requests one after another; each may use the answers before it. Both ends are pure and may be asked again. */
export interface Exchange {
  /** undefined after the last one, and after an answer that ends the row. @throws SynclineError what is wrong with the set-up */
  next(answers: readonly RawTokenAnswer[]): TokenRequest | undefined;
  read(answers: readonly RawTokenAnswer[]): Outcome;
}

export type Inputs = Record<string, unknown>;

export interface AuthMode {
  /** The body of the mode's credential endpoint. */
  inputs(provider: Provider): z.ZodType<Inputs>;
  /** @throws SynclineError `invalid_credentials` for inputs that cannot work */
  make(subject: ModeSubject, inputs: Inputs): Exchange;
}

/** For modes that ask nobody. */
export const local = (made: () => Made): Exchange => ({ next: () => undefined, read: () => ({ made: made() }) });

/** For modes with one request. */
export const single = (request: TokenRequest, read: (answer: RawTokenAnswer) => Outcome): Exchange => ({
  next: (answers) => (answers.length === 0 ? request : undefined),
  read: (answers) => read(answers.at(-1)!),
});
