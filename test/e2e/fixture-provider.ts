// All providers at once, behind the test hook SYNCLINE_EGRESS_TO: each connection is answered from its own recordings.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import type { Entry, Fixture, Method } from '../../sdk/testing/src/index.ts';

export interface FixtureProvider {
  /** What SYNCLINE_EGRESS_TO is set to. */
  url: string;
  /** From now on this is what the connection's requests find. */
  play(connection: string, fixtures: readonly Fixture[]): Session;
  close(): Promise<void>;
}

export interface Session {
  /** Host and path of each request, with the answer's status. */
  requests: string[];
  /** Requests that no recording has. */
  unknown: string[];
  /** Recorded requests that nobody made. */
  unserved(): string[];
}

interface Recorded {
  method: string;
  path: string;
  entry: Entry;
}

interface Wanted {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Playing extends Session {
  answer(wanted: Wanted, host: string): Entry;
}

export async function startFixtureProvider(): Promise<FixtureProvider> {
  const sessions = new Map<string, Playing>();
  const server = createServer(async (request, response) => {
    const host = String(request.headers['x-original-host']);
    const session = sessions.get(String(request.headers['x-replay-session']));
    const answer = session?.answer(await read(request), host) ?? notRecorded;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(connection, fixtures) {
      const session = createSession(fixtures.flatMap(entriesOf));
      sessions.set(connection, session);
      return session;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** No status of a provider's, and none that is tried again. */
const notRecorded: Entry = { status: 418, response: { message: 'Not recorded.' } };

async function read(request: IncomingMessage): Promise<Wanted> {
  const url = new URL(request.url ?? '/', 'http://provider.invalid');
  const { method = 'GET', headers } = request;
  return { method: method.toLowerCase(), url, headers, body: await text(request) };
}

function createSession(recorded: Recorded[]): Playing {
  const served = new Set<Recorded>();
  const session = {
    requests: [] as string[],
    unknown: [] as string[],
    unserved: () => recorded.filter((one) => !served.has(one)).map(({ method, path }) => `${method} ${path}`),
  };
  return {
    ...session,
    answer(wanted, host) {
      const found = recorded.find((one) => fits(one, wanted));
      if (found) served.add(found);
      const shown = `${wanted.method} ${host}${wanted.url.pathname}`;
      if (!found) session.unknown.push(`${shown}${wanted.url.search} ${wanted.body}`);
      const entry = found?.entry ?? notRecorded;
      session.requests.push(`${shown} ${entry.status ?? 200}`);
      return entry;
    },
  };
}

const entriesOf = ({ api = {} }: Fixture): Recorded[] =>
  (Object.keys(api) as Method[]).flatMap((method) =>
    Object.entries(api[method] ?? {}).flatMap(([path, entries]) =>
      [entries].flat().map((entry) => ({ method, path, entry })),
    ),
  );

/** Recordings have no base path, and of headers only the function's own. */
function fits({ method, path, entry: { request = {} } }: Recorded, wanted: Wanted): boolean {
  return (
    method === wanted.method &&
    decodeURIComponent(wanted.url.pathname).endsWith(path) &&
    isDeepStrictEqual({ ...request.params }, Object.fromEntries(wanted.url.searchParams)) &&
    Object.entries(request.headers ?? {}).every(([name, value]) => wanted.headers[name.toLowerCase()] === value) &&
    (request.data === undefined || isDeepStrictEqual(request.data, JSON.parse(wanted.body)))
  );
}
