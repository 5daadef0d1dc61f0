// Puts a simulator together and gives it a port. Nothing is global: a process can hold as many as it likes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AuthOptions, defaultAuth } from './authenticate.ts';
import { createControl } from './control.ts';
import { createDataset, type Dataset, type DatasetOptions } from './dataset.ts';
import { createEarlyRequests } from './early-requests.ts';
import { createFastPath } from './fast-path.ts';
import { createFaultScript } from './faults/script.ts';
import { sendReply } from './faults/send-reply.ts';
import { createHandleRequest } from './handle-request.ts';
import { createItemPages } from './items.ts';
import { createModes } from './modes/modes.ts';
import { createOAuthServer } from './oauth/server.ts';
import type { SimulatorOptions } from './options.ts';
import { createRateLimit } from './rate-limit.ts';
import { failure } from './reply.ts';
import { createRequestLog } from './request-log.ts';
import { createRoutes } from './routes.ts';
import { createServedLog } from './served-log.ts';

export type Simulator = ReturnType<typeof createSimulator>;

/**
 * A hostile provider on loopback.
 *
 * @example
 * const simulator = createSimulator({ dataset: { count: 500 } });
 * await simulator.listen();
 * simulator.faults.set([{ match: { path: '/contacts', nth: 3 }, fault: 'reset-mid-body' }]);
 * await fetch(`${simulator.url}/contacts?page=3`, { headers: { 'x-api-key': 'sim-key' } }); // throws
 * await simulator.close();
 */
export function createSimulator(options: SimulatorOptions = {}) {
  let dataset: Dataset = createDataset(options.dataset);
  let auth: AuthOptions = { ...defaultAuth, ...options.auth };
  let address: AddressInfo | undefined;
  const oauth = createOAuthServer(options.oauth);
  const modes = createModes(oauth);
  const faults = createFaultScript(options.faultSeed);
  const rateLimit = createRateLimit();
  const early = createEarlyRequests();
  const served = createServedLog();
  const requests = createRequestLog();

  const readItems = createItemPages();
  const routes = createRoutes(() => dataset, readItems);
  const world = { oauth, modes, faults, rateLimit, early, served, routes, refuse, auth: () => auth };
  const handleRequest = createHandleRequest({ ...world, requests: options.fast ? undefined : requests });
  const serveFast = options.fast ? createFastPath(readItems) : undefined;
  // Slow uploads and idle sockets are the caller's business: the simulator only breaks what it was told to.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 }, onRequest);

  function onRequest(incoming: IncomingMessage, response: ServerResponse): void {
    if (serveFast?.(incoming, response)) return;
    const url = parseTarget(incoming.url);
    if (!url) return void sendReply(response, failure(400, 'bad_path', 'Not a path.'), {});
    const isControl = url.pathname.startsWith('/__control/') && options.control !== false;
    const handle = isControl ? control : handleRequest;
    handle(incoming, response, url).catch((cause: unknown) => {
      if (incoming.destroyed && !incoming.complete) return; // the client left in the middle of its own body
      console.error('simulator: a handler broke:', cause);
      if (response.headersSent) response.destroy();
      else void sendReply(response, failure(500, 'simulator_error', String(cause)), {});
    });
  }

  /** Loopback by default: there is no lock on this door. Resolves with the URL. Port 0 takes a free one. */
  async function listen(port = 0, host = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    address = server.address() as AddressInfo;
    return simulator.url;
  }

  async function close(): Promise<void> {
    clearTimeout(reopening);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  let reopening: NodeJS.Timeout | undefined;

  /** Refuses connections on the port for a while, as a restarting provider does. Open connections are cut. */
  function refuse(ms: number): void {
    if (!address || !server.listening) return;
    const { port, address: host } = address;
    server.close();
    server.closeAllConnections();
    reopening = setTimeout(() => server.listen(port, host), ms);
  }

  function reset(next: Pick<SimulatorOptions, 'dataset'> = {}): void {
    dataset = createDataset({ ...options.dataset, ...next.dataset });
    auth = { ...defaultAuth, ...options.auth };
    oauth.reset();
    modes.reset();
    rateLimit.set(options.rateLimit);
    faults.set(options.faults ?? [], options.faultSeed ?? 1);
    for (const memory of [served, requests, early, rateLimit]) memory.clear();
    faults.clearCounts();
  }

  const simulator = {
    listen,
    close,
    refuse,
    reset,
    oauth,
    modes,
    faults,
    rateLimit,
    served,
    requests,
    /** `http://127.0.0.1:4010`; empty before `listen`. */
    get url(): string {
      if (!address) return '';
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return `http://${host}:${address.port}`;
    },
    get dataset(): Dataset {
      return dataset;
    },
    /** New rows instead of the old; the served log starts anew with them. */
    seed(next: DatasetOptions): void {
      dataset = createDataset({ ...options.dataset, ...next });
      served.clear();
    },
    get auth(): AuthOptions {
      return auth;
    },
    setAuth(changes: Partial<AuthOptions>): void {
      auth = { ...auth, ...changes };
    },
    counters() {
      return {
        requests: requests.total,
        servedAnswers: served.answers,
        servedRows: served.rows,
        droppedAnswers: served.droppedAnswers,
        rateLimited: rateLimit.refused,
        earlyRequests: early.count,
        tokenRequests: oauth.log.count(),
        overlappedTokenRequests: oauth.log.overlapped,
        liveRows: dataset.liveCount,
        deletedRows: dataset.deletedCount,
        faults: faults.counts(),
      };
    },
  };
  const control = createControl(simulator);
  reset();
  return simulator;
}

/** A target of `//host` would be a host to `new URL`. */
function parseTarget(target = '/'): URL | undefined {
  const absolute = target.startsWith('/') ? `http://simulator.invalid${target}` : target;
  return URL.canParse(absolute) ? new URL(absolute) : undefined;
}
