// The requests of a run as the `api` of a recording: by method and path, each with what makes it the same request again.
import type { Answer, Entry, Fixture, Method } from '@syncline/testing';
import { identify } from '@syncline/testing/request-identity';
import type { Scrubber } from './scrub-recording.ts';

/** What the script passed. */
export interface Asked {
  method: string;
  endpoint: string;
  params?: unknown;
  headers?: Record<string, unknown> | undefined;
  data?: unknown;
  baseUrlOverride?: string | undefined;
}

export interface Noted {
  asked: Asked;
  /** That was asked upstream, where it is known. */
  url?: string | undefined;
  answer: Answer;
}

export function toApi(noted: readonly Noted[], scrubber: Scrubber): NonNullable<Fixture['api']> {
  const ownHost = noted
    .map(({ asked, url }) => (namedHost(asked) ? undefined : URL.parse(url ?? '')?.host))
    .find(Boolean);
  const api: Partial<Record<Method, Record<string, Entry[]>>> = {};
  for (const { asked, answer } of noted) {
    const named = namedHost(asked);
    const { method, path, entry } = toEntry(asked, scrubber.value(answer), scrubber);
    // A link to the connection's own next page is told by its path, so that a replay can have any host.
    if (named !== undefined && named !== ownHost) entry.host = named;
    api[method] ??= {};
    api[method][path] ??= [];
    const known = api[method][path].find(({ hash, host }) => hash === entry.hash && host === entry.host);
    if (known) known.sequence = [...(known.sequence ?? []), scrubber.value(answer)];
    else api[method][path].push(entry);
  }
  return Object.fromEntries(Object.entries(api).map(([method, paths]) => [method, withoutLists(paths)]));
}

function toEntry(asked: Asked, answer: Answer, scrubber: Scrubber): { method: Method; path: string; entry: Entry } {
  // What was scrubbed is what a replayed script will ask.
  const clean = scrubber.value(asked);
  const method = asked.method.toLowerCase() as Method;
  const { path, params, headers, data, hash } = identify(clean as Parameters<typeof identify>[0], method);
  const isShort = data !== undefined && !data.startsWith('sha1:');
  const request = {
    ...(params.length > 0 && { params: Object.fromEntries(params) }),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(data !== undefined && { data: isShort && !Buffer.isBuffer(clean.data) ? clean.data : data }),
  };
  return { method, path, entry: { ...answer, hash, request } };
}

const namedHost = ({ endpoint, baseUrlOverride }: Asked): string | undefined => {
  const absolute = /^https?:/i.test(endpoint) ? endpoint : baseUrlOverride;
  return absolute ? URL.parse(absolute)?.host : undefined;
};

const withoutLists = (paths: Record<string, Entry[]>): Record<string, Entry | Entry[]> =>
  Object.fromEntries(Object.entries(paths).map(([path, list]) => [path, list.length === 1 ? list[0]! : list]));
