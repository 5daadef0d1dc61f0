// One account connected in a popup. The result comes on a socket; while that is lost, silent or forbidden it is asked for with the
// session's token, so it arrives as long as the network comes back before the server forgets it (ten minutes).
import type { Api, Query } from './api.ts';
import { AuthError } from './auth-error.ts';
import type { ConnectedAccount } from './options.ts';
import { accountOf, type Outcome } from './outcome.ts';
import type { Popup } from './popup.ts';
import { openResultSocket } from './result-socket.ts';

export interface FlowParts {
  api: Api;
  token: string;
  popup: Popup;
  /** Where the popup goes. */
  start: { path: string; query: Query };
  websocketsPath: string;
  detectClosedAuthWindow: boolean;
  timeoutMs: number;
  /** Its reason is what the flow ends with. */
  signal: AbortSignal;
}

const askEveryMs = { withSocket: 20_000, withoutSocket: 2_000, closed: 500 };
/** Closed by the user, or by the page that says "connected" while its result is on the way. */
const closedGraceMs = 2_000;
const lookEveryMs = 500;

/** @throws AuthError */
export async function runFlow(parts: FlowParts): Promise<ConnectedAccount> {
  const { api, token, popup, start, signal } = parts;
  const clientId = makeClientId();
  let wake = () => {};
  let told: Outcome | undefined;
  let closedAt: number | undefined;

  const ask = async () => {
    const options = { token, signal: AbortSignal.timeout(10_000) };
    const { data } = await api.get<{ data: Outcome }>('/connect/session/result', { ws_client_id: clientId }, options);
    if (data.status !== 'pending') told ??= data;
  };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const end = () => wake();
  signal.addEventListener('abort', end);
  window.addEventListener('focus', end); // the user is back from the popup
  const looking = setInterval(() => {
    if (!parts.detectClosedAuthWindow || closedAt !== undefined || !popup.closed) return;
    closedAt = Date.now();
    wake();
  }, lookEveryMs);
  const socket = openResultSocket(
    `${api.host.replace(/^http/, 'ws')}${parts.websocketsPath}?ws_client_id=${clientId}`,
    {
      onOutcome(outcome) {
        told ??= outcome;
        wake();
      },
      onLost: () => wake(),
    },
  );

  try {
    // A session that is over, or no API: better said here than in the popup.
    await ask().catch((error: unknown) => {
      popup.close();
      throw error;
    });
    popup.go(api.address(start.path, { ...start.query, ws_client_id: clientId }));
    const deadlineAt = Date.now() + parts.timeoutMs;
    while (!told) {
      signal.throwIfAborted();
      if (closedAt !== undefined && Date.now() - closedAt > closedGraceMs) throw windowClosed();
      const leftMs = deadlineAt - Date.now();
      if (leftMs <= 0) throw timedOut(parts.timeoutMs);
      const { closed, withSocket, withoutSocket } = askEveryMs;
      const waitMs = closedAt !== undefined ? closed : socket.isOpen ? withSocket : withoutSocket;
      await pause(Math.min(waitMs, leftMs));
      if (!told) await ask().catch(() => {}); // asked again soon
    }
    return accountOf(told);
  } finally {
    socket.close();
    clearInterval(looking);
    signal.removeEventListener('abort', end);
    window.removeEventListener('focus', end);
  }
}

/** 128 random bits in the shape of a UUID; `crypto.randomUUID` is only there on pages with TLS. */
function makeClientId(): string {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0'));
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const windowClosed = () => new AuthError('The window was closed before the account was connected.', 'window_closed');

const timedOut = (timeoutMs: number) =>
  new AuthError(`Nothing came of the popup within ${Math.round(timeoutMs / 1000)} s.`, 'timed_out', {
    hint: 'Start again; what was not finished connected nothing.',
  });
