// Puts the requests of a script on its timeline: what was asked, what came back, how long it took.
import type { Args, CallResult, Calls } from './calls.ts';
import type { Timeline } from './timeline.ts';

export function timed(calls: Calls, timeline: Timeline): Calls {
  function request(name: string, shown: (args: Args) => { method: string; url: string }): Calls {
    const call = calls[name];
    if (!call) return {};
    return {
      [name]: async (args, body) => {
        const atMs = timeline.sinceStartMs();
        const told = (outcome: number | string, sizeBytes: number, url?: string) => {
          const asked = shown(args);
          timeline.add(
            {
              kind: 'request',
              method: asked.method,
              url: url || asked.url,
              outcome,
              durationMs: timeline.sinceStartMs() - atMs,
              sizeBytes,
            },
            atMs,
          );
        };
        try {
          const answer = await call(args, body);
          const { status = 0, url } = (answer.result ?? {}) as { status?: number; url?: string };
          told(status, answer.body?.length ?? 0, url);
          return answer;
        } catch (error) {
          told((error as { code?: string }).code ?? 'error', 0);
          throw error;
        }
      },
    };
  }

  return {
    ...calls,
    ...request('http', (args) => ({ method: String(args['method']), url: asWritten(args) })),
    ...request('uncontrolledFetch', ({ method = 'GET', url }) => ({ method: String(method), url: String(url) })),
    ...delegated(calls, timeline),
  };
}

function delegated({ triggerAction: call }: Calls, timeline: Timeline): Calls {
  if (!call) return {};
  return {
    async triggerAction(args, body): Promise<CallResult> {
      const atMs = timeline.sinceStartMs();
      const answer = await call(args, body);
      const durationMs = Math.round(timeline.sinceStartMs() - atMs);
      const name = `triggerAction ${String(args['actionName'])}`;
      timeline.add({ kind: 'call', name, note: `ran as it is deployed, ${durationMs} ms` }, atMs);
      return answer;
    },
  };
}

/** For a request that never got a URL. */
function asWritten({ endpoint, params }: Args): string {
  const query = typeof params === 'string' ? params : String(new URLSearchParams(params as Record<string, string>));
  return `${String(endpoint)}${query === '' ? '' : `?${query}`}`;
}
