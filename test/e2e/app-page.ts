// The page of an app, in a browser: both clients, and a button, since browsers open popups for clicks only.
import Published from '@nangohq/frontend';
import { Syncline } from '@syncline/frontend';

export const clients = { '@nangohq/frontend': Published, '@syncline/frontend': Syncline };
export type ClientName = keyof typeof clients;

export interface ClickedCall {
  client: ClientName;
  host: string;
  token?: string;
  /** Instead of a token, by the published client: with the id of the connection and its signature. */
  signed?: { publicKey: string; connection: string; hmac: string };
  method: 'auth' | 'reconnect' | 'create';
  integration: string;
  options?: Record<string, unknown>;
}

/** What came of the call: an account, or the error's fields. */
export type Outcome = Record<string, unknown>;

declare global {
  interface Window {
    clients: typeof clients;
    /** What the button does. */
    call: ClickedCall;
    made: Published | Syncline;
    outcome: Promise<Outcome>;
    opened: ReturnType<Syncline['openConnectUI']>;
    events: { type: string; payload?: unknown }[];
  }
}

async function run({ client, host, token, signed, method, integration, options }: ClickedCall): Promise<Outcome> {
  if (signed) {
    const { publicKey, connection, hmac } = signed;
    return { ...(await new Published({ host, publicKey }).auth(integration, connection, { ...options, hmac })) };
  }
  const made = new clients[client]({ host, ...(token !== undefined && { connectSessionToken: token }) }) as Syncline;
  window.made = made;
  try {
    return { ...(await made[method](integration, options)) };
  } catch (error) {
    const { type, message, hint, errors } = error as Outcome;
    return { type, message, ...(hint !== undefined && { hint }), ...(errors !== undefined && { errors }) };
  }
}

window.clients = clients;
document.querySelector('button')!.addEventListener('click', () => {
  window.outcome = run(window.call);
});
