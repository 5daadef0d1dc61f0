// One request to an instance, as it stands: the proxy takes the path verbatim, and `fetch` would tidy it up.
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { SynclineError } from '../../core/errors.ts';
import { CliError, exitCodes } from '../errors.ts';
import type { Target } from '../project/resolve-target.ts';
import { userAgent } from '../version.ts';

export interface InstanceRequest {
  method: string;
  /** With its query, below the instance's URL. */
  path: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

export interface InstanceAnswer {
  status: number;
  statusText: string;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}

export interface Instance {
  /** @throws CliError unreachable */
  send(request: InstanceRequest): Promise<InstanceAnswer>;
  /** @throws SynclineError with the instance's code, status and payload; CliError unreachable */
  json(request: InstanceRequest): Promise<unknown>;
  close(): void;
}

/** The proxy waits for a provider and repeats meanwhile, so the first byte may be late. */
const idleMs = 10 * 60_000;
const maxTries = 10;

export function createInstance({ url, secretKey }: Target): Instance {
  const base = new URL(url);
  const secure = base.protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true });

  async function sendOnce({ method, path, headers, body }: InstanceRequest): Promise<InstanceAnswer> {
    const own = { authorization: `Bearer ${secretKey}`, 'user-agent': userAgent, 'nango-is-dry-run': 'true' };
    const sized = body && { 'content-length': String(body.length) };
    const { promise, resolve, reject } = Promise.withResolvers<InstanceAnswer>();
    const made = (secure ? httpsRequest : httpRequest)(
      {
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        agent,
        method,
        path: base.pathname.replace(/\/$/, '') + escaped(path),
        headers: { ...headers, ...own, ...sized },
        timeout: idleMs,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const { statusCode: status = 0, statusMessage: statusText = '', headers: received } = answer;
          resolve({ status, statusText, headers: received, bytes: Buffer.concat(chunks) });
        });
      },
    );
    made.on('timeout', () => made.destroy(new Error('no answer for ten minutes')));
    made.on('error', reject);
    made.end(body);
    return promise.catch((cause: Error) => {
      throw new CliError('unreachable', `No answer from ${url}: ${cause.message}.`, {
        exitCode: exitCodes.dryRun,
        hint: 'Is it running? Start it with npm start, or set SYNCLINE_HOSTPORT.',
        cause,
      });
    });
  }

  /** The instance's limit of this key is no answer of the provider: wait, as it says. */
  async function send(request: InstanceRequest): Promise<InstanceAnswer> {
    for (let tries = 1; ; tries++) {
      const answer = await sendOnce(request);
      if (tries === maxTries || answer.status !== 429 || answer.headers['x-syncline-error'] === undefined)
        return answer;
      const error = toError(answer, parse(answer.bytes));
      if (error.code !== 'too_many_request') return answer;
      await delay(error.retryAfterMs ?? 1_000);
    }
  }

  return {
    send,
    async json(request) {
      const answer = await send(request);
      const value = parse(answer.bytes);
      if (answer.status < 300) return value;
      throw toError(answer, value);
    },
    close: () => agent.destroy(),
  };
}

/** What cannot stand in a request line; the rest stays as the script wrote it. */
const escaped = (path: string): string =>
  path.toWellFormed().replace(/[^\x21-\x7e]+/gu, (text) => encodeURIComponent(text));

export function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** The instance's own refusal, as its code would have thrown it. */
export function toError({ status, headers }: InstanceAnswer, body: unknown): SynclineError {
  const {
    error,
    code: networkCode,
    message,
  } = (body ?? {}) as {
    error?: { code?: string; message?: string; hint?: string; payload?: Record<string, unknown> };
    code?: string;
    message?: string;
  };
  // What the network said of the provider stands flat beside our envelope.
  const code = networkCode ?? error?.code ?? `http_${status}`;
  const waitMs = Number(headers['retry-after']) * 1_000;
  return new SynclineError(code, message ?? error?.message ?? `The instance answered ${status}.`, {
    status,
    ...(error?.hint !== undefined && { hint: error.hint }),
    ...(error?.payload && { payload: error.payload }),
    ...(waitMs > 0 && { retryAfterMs: waitMs }),
  });
}
