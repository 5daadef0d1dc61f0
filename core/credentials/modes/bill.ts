// BILL: a login gives a session, which ends 35 minutes after its last call; then another login.
import type { BillCredential } from '../credential.ts';
import { fillUrl } from '../fill-url.ts';
import { placeParams } from '../place-params.ts';
import { isSuccess, parseBody, type RawTokenAnswer, refusalOf, tokenText } from '../token-answer.ts';
import { input, inputsOf, maxLengths } from './inputs.ts';
import { type AuthMode, type Exchange, type ModeSubject, type Outcome, single } from './mode.ts';
import { modeScope } from './scope.ts';
import { tokenUrlOf } from './token-url.ts';

// https://developer.bill.com/docs/authentication-overview
const sessionLifeMs = 35 * 60_000;

type Account = Pick<BillCredential, 'username' | 'password' | 'organization_id' | 'dev_key'>;

const names = ['username', 'password', 'organization_id', 'dev_key'] as const;

export const bill: AuthMode = {
  inputs: ({ credentials }) =>
    inputsOf(
      Object.fromEntries(names.map((name) => [name, input(credentials?.[name], { maxLength: maxLengths.basic })])),
    ),
  make: (subject, inputs) => logIn(subject, inputs as unknown as Account),
};

export const renewBill = (subject: ModeSubject, credential: BillCredential): Exchange => logIn(subject, credential);

function logIn(subject: ModeSubject, account: Account): Exchange {
  const request = placeParams({
    url: fillUrl(tokenUrlOf(subject.provider), subject, modeScope(subject, { ...account })),
    method: 'POST',
    headers: { accept: 'application/json' },
    params: {
      username: account.username,
      password: account.password,
      organizationId: account.organization_id,
      devKey: account.dev_key,
    },
    format: 'json',
  });
  return single(request, (answer) => readSession(answer, account));
}

function readSession(answer: RawTokenAnswer, { username, password, organization_id, dev_key }: Account): Outcome {
  const data = parseBody(answer);
  const sessionId = tokenText(data['sessionId']);
  if (!isSuccess(answer) || sessionId === undefined) {
    return { refusal: { ...refusalOf(answer.status, data), isOver: answer.status === 401 } };
  }
  const expiresAt = new Date(answer.receivedAt.getTime() + sessionLifeMs);
  return {
    made: {
      credential: {
        type: 'BILL',
        username,
        password,
        organization_id: tokenText(data['organizationId']) ?? organization_id,
        dev_key,
        session_id: sessionId,
        user_id: String(data['userId'] ?? ''),
        expires_at: expiresAt.toISOString(),
        raw: data,
      },
      expiresAt,
    },
  };
}
