// How a stored credential becomes the next one, by its type.
import { SynclineError } from '../../errors.ts';
import type { Credential } from '../credential.ts';
import { installationToken } from './app.ts';
import { renewAwsSigV4 } from './aws-sigv4.ts';
import { renewBill } from './bill.ts';
import { renewCustom } from './custom.ts';
import { renewJwt } from './jwt.ts';
import type { Exchange, ModeSubject } from './mode.ts';
import { renewOAuth2 } from './oauth2.ts';
import { renewOAuth2Cc } from './oauth2-cc.ts';
import { renewSignature } from './signature.ts';
import { renewTwoStep } from './two-step.ts';

/** @throws SynclineError what is wrong with the set-up; `unsupported_token_request` for what `isRenewable` says no to */
export function renewalOf(subject: ModeSubject, credential: Credential): Exchange {
  switch (credential.type) {
    case 'OAUTH2':
      return renewOAuth2(subject, credential);
    case 'OAUTH2_CC':
      return renewOAuth2Cc(subject, credential);
    case 'APP':
      return installationToken(subject);
    case 'CUSTOM':
      return renewCustom(subject, credential);
    case 'BILL':
      return renewBill(subject, credential);
    case 'AWS_SIGV4':
      return renewAwsSigV4(subject, credential);
    case 'TWO_STEP':
      return renewTwoStep(subject, credential);
    case 'JWT':
      return renewJwt(subject, credential);
    case 'SIGNATURE':
      return renewSignature(subject, credential);
    case 'OAUTH1':
    case 'API_KEY':
    case 'BASIC':
    case 'TBA':
    case 'NONE':
      throw new SynclineError('unsupported_token_request', 'This credential cannot be renewed.', { status: 400 });
  }
}
