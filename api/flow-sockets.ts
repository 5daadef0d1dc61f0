// Sockets of the pages that wait for their popup: each is told its id, then what came of the flow that used it, in whichever
// process that ended. A page that lost its socket comes back with its id and hears the result again.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { hashClientId, isClientId, makeClientId } from '../core/connections/flows/client-id.ts';
import { findOutcomes, listenForResults } from '../core/connections/flows/flow-results.ts';
import type { Database } from '../core/db/database.ts';
import type { FlowOutcome } from '../core/db/schema/connect-sessions.ts';
import { acceptPushSocket, type PushSocket, refuseUpgrade } from './push-socket.ts';

/** Where browsers open them, on the API's own origin. */
export const socketsPath = '/';

export interface FlowSockets {
  accept(request: IncomingMessage, socket: Duplex): void;
  close(): Promise<void>;
}

export interface FlowSocketsOptions {
  /** In one process; more are sent away with 503. */
  maxSockets?: number;
  /** For results whose notice was lost; one query for all open sockets, none while there are none. */
  sweepEveryMs?: number;
}

/** A flow takes at most ten minutes. */
const socketLifeMs = 15 * 60_000;

/** @example const sockets = createFlowSockets(database); server.on('upgrade', sockets.accept); */
export function createFlowSockets(
  { platform }: Pick<Database, 'platform'>,
  { maxSockets = 10_000, sweepEveryMs = 5_000 }: FlowSocketsOptions = {},
): FlowSockets {
  /** By the hash of their client id, in hexadecimal. */
  const waiting = new Map<string, Set<PushSocket>>();
  let count = 0;
  let listening: ReturnType<typeof listenForResults> | undefined;

  async function lookUp(hashes: string[]): Promise<void> {
    const wanted = hashes.filter((hash) => waiting.has(hash));
    if (wanted.length === 0) return;
    for (const [hash, outcome] of await findOutcomes(platform, wanted)) tell(hash, outcome);
  }

  const lookUpQuietly = (hashes: string[]) => void lookUp(hashes).catch(() => {}); // the next sweep asks again
  const sweep = () => lookUpQuietly([...waiting.keys()]);
  const sweeping = setInterval(sweep, sweepEveryMs);
  sweeping.unref();

  function listen(): void {
    listening ??= listenForResults(platform, { onResult: (hash) => lookUpQuietly([hash]), onListening: sweep });
    listening.catch(() => {
      listening = undefined; // the next socket tries again, the sweep works meanwhile
    });
  }

  function tell(hash: string, outcome: FlowOutcome): void {
    for (const socket of waiting.get(hash) ?? []) {
      socket.send(renderOutcome(outcome));
      socket.close();
    }
  }

  function register(hash: string, socket: PushSocket): void {
    const sockets = waiting.get(hash) ?? new Set();
    waiting.set(hash, sockets.add(socket));
    count += 1;
    const life = setTimeout(() => socket.close(), socketLifeMs);
    life.unref();
    void socket.closed.then(() => {
      clearTimeout(life);
      count -= 1;
      sockets.delete(socket);
      if (sockets.size === 0) waiting.delete(hash);
    });
  }

  return {
    accept(request, raw) {
      const url = URL.parse(request.url ?? '', 'http://any');
      if (url?.pathname !== socketsPath) return refuseUpgrade(raw, '404 Not Found');
      if (count >= maxSockets) return refuseUpgrade(raw, '503 Service Unavailable');
      const asked = url.searchParams.get('ws_client_id');
      const clientId = asked !== null && isClientId(asked) ? asked : makeClientId();
      const socket = acceptPushSocket(request, raw);
      if (!socket) return;
      const hash = hashClientId(clientId).toString('hex');
      register(hash, socket);
      listen();
      socket.send(JSON.stringify({ message_type: 'connection_ack', ws_client_id: clientId }));
      if (clientId === asked) lookUpQuietly([hash]);
    },
    async close() {
      clearInterval(sweeping);
      for (const sockets of waiting.values()) for (const socket of sockets) socket.close(1001);
      await (await listening?.catch(() => undefined))?.stop().catch(() => {});
    },
  };
}

function renderOutcome({ status, is_pending = false, ...rest }: FlowOutcome): string {
  return JSON.stringify(
    status === 'success' ? { message_type: status, ...rest, is_pending } : { message_type: status, ...rest },
  );
}
