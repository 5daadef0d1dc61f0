// `nango.uncontrolledFetch` of a dry run: by the rules of an instance, from this machine.
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Egress } from '../../core/egress/egress.ts';
import { fetchUncontrolled } from '../../core/egress/fetch-uncontrolled.ts';
import { toUpstreamError } from '../../core/egress/network-error.ts';
import { parseArgs } from '../../core/runtime/host/parse-args.ts';
import type { Calls } from './calls.ts';

const shape = z.object({
  url: z.string(),
  method: z.string().max(30).default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  redirect: z.enum(['follow', 'manual', 'error']).default('follow'),
});

export function fetchCall(): Calls {
  return {
    async uncontrolledFetch(args, sent) {
      const asked = parseArgs('uncontrolledFetch', shape, args);
      const { body, ...answer } = await fetchUncontrolled({ egress, ...asked, body: sent.length > 0 ? sent : null });
      return { result: answer, body };
    },
  };
}

/** One hop; redirects are the caller's. */
const egress: Pick<Egress, 'request'> = {
  async request({ url, method, headers = {}, body }) {
    const answer = await fetch(url, {
      method,
      headers: headers as Record<string, string>,
      body: body as Uint8Array<ArrayBuffer> | null,
      redirect: 'manual',
    }).catch((error: Error) => {
      throw toUpstreamError(error.cause ?? error);
    });
    const { 'content-encoding': _decoded, ...received } = Object.fromEntries(answer.headers);
    return {
      status: answer.status,
      statusText: answer.statusText,
      headers: {
        ...received,
        ...(answer.headers.has('set-cookie') && { 'set-cookie': answer.headers.getSetCookie() }),
      },
      body: answer.body ? Readable.fromWeb(answer.body as never) : Readable.from([]),
    };
  },
};
