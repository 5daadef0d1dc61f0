// The page that waits for its popup: a socket, and what it was told.
import { waitFor } from './wait-for.ts';

export interface WaitingPage {
  /** `ws_client_id` */
  clientId: string;
  messages: Record<string, unknown>[];
  /** The result; throws when none comes. */
  result(): Promise<Record<string, unknown>>;
  /** The server's close code, once it has said goodbye. */
  closed: Promise<number>;
  drop(): void;
}

/** @param clientId to come back with, after a lost socket */
export async function openWaitingPage(url: string, clientId?: string): Promise<WaitingPage> {
  const address = new URL(url.replace(/^http/, 'ws'));
  if (clientId !== undefined) address.searchParams.set('ws_client_id', clientId);
  const socket = new WebSocket(address);
  const messages: Record<string, unknown>[] = [];
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  const ack = await waitFor('the socket is greeted', () => messages[0], { deadlineMs: 10_000, everyMs: 20 });
  return {
    clientId: String(ack['ws_client_id']),
    messages,
    result: () => waitFor('the result', () => messages[1], { deadlineMs: 15_000, everyMs: 20 }),
    closed,
    drop: () => socket.close(),
  };
}
