// Sends webhooks as providers do, signed in the four usual ways; and as attackers do: wrong signature, old time, twice.
import { createHmac, randomUUID } from 'node:crypto';

export const webhookSchemes = ['standard', 'github', 'stripe', 'slack', 'none'] as const;
export type WebhookScheme = (typeof webhookSchemes)[number];

export interface WebhookSending {
  url: string;
  /** The event, sent as JSON; text goes out as it is. */
  body: unknown;
  scheme?: WebhookScheme;
  secret?: string;
  /** The event's id; a new one by default. */
  id?: string;
  /** Sends the same event so many times, one after the other. */
  times?: number;
  badSignature?: boolean;
  /** How old the signed time is; receivers allow about 300. */
  ageSeconds?: number;
  timeoutMs?: number;
}

export interface WebhookAnswer {
  /** 0: no answer. */
  status: number;
  durationMs: number;
}

/** Answers in the order of the attempts. Never throws because of the receiver. */
export async function sendWebhook(sending: WebhookSending): Promise<WebhookAnswer[]> {
  const { url, body, scheme = 'standard', secret = 'sim-webhook-secret', id = randomUUID(), times = 1 } = sending;
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const atSeconds = Math.floor(Date.now() / 1000) - (sending.ageSeconds ?? 0);
  const signed = signers[scheme]({ content: sending.badSignature ? `${content} ` : content, secret, id, atSeconds });
  const headers = { 'content-type': 'application/json', 'user-agent': 'syncline-simulator', ...signed };
  const answers: WebhookAnswer[] = [];
  for (let attempt = 0; attempt < times; attempt += 1) {
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(sending.timeoutMs ?? 10_000);
    const status = await fetch(url, { method: 'POST', headers, body: content, signal, redirect: 'manual' }).then(
      (response) => response.status,
      () => 0,
    );
    answers.push({ status, durationMs: Math.round(performance.now() - startedAt) });
  }
  return answers;
}

interface Signing {
  content: string;
  secret: string;
  id: string;
  atSeconds: number;
}

const hmac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text);

const signers: Record<WebhookScheme, (signing: Signing) => Record<string, string>> = {
  // https://www.standardwebhooks.com: the key of `whsec_` secrets is the base64 behind the prefix.
  standard: ({ content, secret, id, atSeconds }) => {
    const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
    const signature = hmac(key, `${id}.${atSeconds}.${content}`).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': String(atSeconds), 'webhook-signature': `v1,${signature}` };
  },
  // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
  github: ({ content, secret, id }) => ({
    'x-github-delivery': id,
    'x-hub-signature-256': `sha256=${hmac(secret, content).digest('hex')}`,
  }),
  // https://docs.stripe.com/webhooks#verify-manually
  stripe: ({ content, secret, atSeconds }) => ({
    'stripe-signature': `t=${atSeconds},v1=${hmac(secret, `${atSeconds}.${content}`).digest('hex')}`,
  }),
  // https://api.slack.com/authentication/verifying-requests-from-slack
  slack: ({ content, secret, atSeconds }) => ({
    'x-slack-request-timestamp': String(atSeconds),
    'x-slack-signature': `v0=${hmac(secret, `v0:${atSeconds}:${content}`).digest('hex')}`,
  }),
  none: () => ({}),
};
