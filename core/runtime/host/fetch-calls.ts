// `nango.uncontrolledFetch` on the host's side: the egress guard, no credential, one entry of the journal.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fetchUncontrolled } from '../../egress/fetch-uncontrolled.ts';
import { fromUnknown } from '../../errors.ts';
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import { journalled } from './journalled.ts';
import { parseArgs } from './parse-args.ts';
import type { Calls, RunContext } from './run-context.ts';

const shape = z.object({
  url: z.string(),
  method: z.string().max(30).default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  redirect: z.enum(['follow', 'manual', 'error']).default('follow'),
});

export function fetchCalls(context: RunContext): Calls {
  const { egress, target, signal, counters } = context;
  return {
    async uncontrolledFetch(rawArgs, sent) {
      const { url, method, headers, redirect } = parseArgs('uncontrolledFetch', shape, rawArgs);
      const hash = sent.length > 0 ? createHash('sha256').update(sent).digest('base64') : '';
      const identity = ['fetch', method, url, Object.entries(headers).sort(), redirect, hash];
      const known = await journalled(context.journal, identity, async () => {
        counters.requests++;
        const startedAt = Date.now();
        const log = (outcome: number | string) =>
          logFetch(context, { method, url, outcome, durationMs: Date.now() - startedAt });
        try {
          const { body, ...answer } = await fetchUncontrolled({
            egress,
            url,
            method,
            headers,
            redirect,
            body: sent.length > 0 ? sent : null,
            session: target.connection.connectionId,
            signal,
          });
          log(answer.status);
          return encodeAnswer(answer, body);
        } catch (error) {
          log(fromUnknown(error).code);
          throw error;
        }
      });
      const { answer, bytes } = decodeAnswer(known);
      return { result: answer, body: bytes };
    },
  };
}

/** Without the query, which may hold a key of the script's own. `outcome`: a status, or the code of what went wrong. */
function logFetch(
  { logs, environment, operationId }: RunContext,
  { method, url, outcome, durationMs }: { method: string; url: string; outcome: number | string; durationMs: number },
): void {
  const shown = url.split(/[?#]/)[0]!;
  const answered = typeof outcome === 'number';
  logs.message({
    environmentId: environment.environmentId,
    operationId,
    type: 'http',
    source: 'internal',
    level: !answered ? 'error' : outcome >= 400 ? 'warn' : 'info',
    context: 'script',
    message: `${method} ${shown} ${outcome}`,
    details: {
      request: { method, url: shown },
      ...(answered && { response: { code: outcome } }),
      duration_ms: durationMs,
    },
  });
}
