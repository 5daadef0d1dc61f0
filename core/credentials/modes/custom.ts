// CUSTOM: a GitHub App with the user who installed it. Two tokens with two lives, renewed one at a time, the earlier end first, so
// that a rotated refresh token is stored before anything else is tried.
import {
  type AppCredential,
  type CustomCredential,
  expiryOf,
  isRenewable,
  type OAuth2Credential,
} from '../credential.ts';
import { installationToken } from './app.ts';
import type { Exchange, Made, ModeSubject, Outcome } from './mode.ts';
import { renewOAuth2 } from './oauth2.ts';

/** `app` null: the user has authorised but not installed yet; such a connection is pending. */
export function combineCustom(app: AppCredential | null, user: OAuth2Credential | null): CustomCredential {
  return { type: 'CUSTOM', app, user, raw: { ...(app && { app: app.raw }), ...(user && { user: user.raw }) } };
}

export function renewCustom(subject: ModeSubject, { app, user }: CustomCredential): Exchange {
  const isUserFirst = user !== null && isRenewable(user) && (app === null || endsMs(user) < endsMs(app));
  const part = isUserFirst ? renewOAuth2(subject, user) : installationToken(subject);
  const combined = (fresh: Made['credential']): CustomCredential =>
    fresh.type === 'OAUTH2' ? combineCustom(app, fresh) : combineCustom(fresh as AppCredential, user);
  return {
    next: part.next,
    read(answers): Outcome {
      const outcome = part.read(answers);
      if (!('made' in outcome)) return outcome;
      const credential = combined(outcome.made.credential);
      return { made: { ...outcome.made, credential, expiresAt: expiryOf(credential) } };
    },
  };
}

const endsMs = (part: AppCredential | OAuth2Credential): number =>
  expiryOf(part)?.getTime() ?? Number.POSITIVE_INFINITY;
