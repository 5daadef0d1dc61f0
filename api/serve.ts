// Listens, and stops listening without cutting off whoever is being served.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve as listen } from '@hono/node-server';
import { SynclineError } from '../core/errors.ts';
import { isWebSocketRequest } from './push-socket.ts';

export interface ServeOptions {
  fetch(request: Request, env: unknown): Response | Promise<Response>;
  host: string;
  port: number;
  /** Takes over sockets that want to be WebSockets. */
  upgrade?: (request: IncomingMessage, socket: Duplex) => void;
}

export interface Serving {
  /** Where this machine reaches it. */
  url: string;
  /** Lets requests in flight end, for at most `withinMs`. */
  drain(withinMs: number): Promise<void>;
}

const headersTimeoutMs = 15_000;
/** Until the last byte of a request: a 75 MB deploy over a slow line. */
const requestTimeoutMs = 300_000;
/** Longer than the usual 60 s of a load balancer, which must be the one that closes. */
const keepAliveTimeoutMs = 65_000;

/** @throws SynclineError `cannot_listen` */
export async function serve({ fetch, host, port, upgrade }: ServeOptions): Promise<Serving> {
  const server = await new Promise<Server>((resolve, reject) => {
    const started = listen(
      {
        fetch,
        hostname: host,
        port,
        serverOptions: {
          headersTimeout: headersTimeoutMs,
          requestTimeout: requestTimeoutMs,
          keepAliveTimeout: keepAliveTimeoutMs,
          // Java's client offers h2c with every request: those stay ordinary requests.
          shouldUpgradeCallback: (request: IncomingMessage) => upgrade !== undefined && isWebSocketRequest(request),
        },
      },
      () => resolve(started),
    ) as Server;
    started.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, host, port)));
  });
  if (upgrade) server.on('upgrade', upgrade);
  return {
    url: `http://${reachable(host)}:${(server.address() as { port: number }).port}`,
    async drain(withinMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, sleep(withinMs, undefined, { ref: false })]);
      server.closeAllConnections();
    },
  };
}

function cannotListen(cause: NodeJS.ErrnoException, host: string, port: number): SynclineError {
  const why =
    cause.code === 'EADDRINUSE'
      ? 'another program uses the port'
      : cause.code === 'EACCES'
        ? 'this user may not'
        : cause.message;
  return new SynclineError(
    'cannot_listen',
    `Cannot listen on ${host}:${port}: ${why}. Set SYNCLINE_PORT or SYNCLINE_HOST.`,
    { status: 500, cause },
  );
}

/** An address for listening on everything is none to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
