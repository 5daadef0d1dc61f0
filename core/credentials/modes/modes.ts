// The modes whose connections are made by one POST of inputs. Those with a browser flow are core/credentials/oauth/'s.
import type { AuthMode as ModeName } from '../../../providers/auth-modes.ts';
import { apiKey } from './api-key.ts';
import { awsSigV4 } from './aws-sigv4.ts';
import { basic } from './basic.ts';
import { bill } from './bill.ts';
import { jwt } from './jwt.ts';
import type { AuthMode } from './mode.ts';
import { none } from './none.ts';
import { oauth2Cc } from './oauth2-cc.ts';
import { signature } from './signature.ts';
import { tba } from './tba.ts';
import { twoStep } from './two-step.ts';

export const modes = {
  API_KEY: apiKey,
  AWS_SIGV4: awsSigV4,
  BASIC: basic,
  BILL: bill,
  JWT: jwt,
  NONE: none,
  OAUTH2_CC: oauth2Cc,
  SIGNATURE: signature,
  TBA: tba,
  TWO_STEP: twoStep,
} as const satisfies Partial<Record<ModeName, AuthMode>>;

export type EnteredMode = keyof typeof modes;
