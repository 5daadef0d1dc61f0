// One way through the provider's own window: opens it, and hears what came of it by whichever way is alive: the socket, the word of
// the window itself, or a question to the server. A window that was closed ends nothing for good: some providers cut the tie to
// theirs (Cross-Origin-Opener-Policy), which looks the same.
import type { Outcome } from './server.ts';

export interface PopupFlowOptions {
  url: string;
  socketUrl: string;
  readOutcome(): Promise<Outcome>;
  /** Someone who closes the window is told so. */
  watches: boolean;
  on: {
    /** Once. */
    outcome(outcome: Outcome): void;
    closed(): void;
    timedOut(): void;
  };
}

export interface PopupFlow {
  /** The browser did not open the window. */
  isBlocked: boolean;
  /** By a click on a link of ours, which a browser that blocks windows lets through. */
  follow(opened: Window | null): void;
  /** Brings the window to the front; false when there is none. */
  show(): boolean;
  /** Closes the window, and listens no more. */
  stop(): void;
}

/** As long as the server keeps a flow. */
const lifeMs = 10 * 60_000;
const watchEveryMs = 500;
/** Between the window's end and the result that it may have had. */
const graceMs = 1_500;
const maxReconnectMs = 5_000;

const size = { width: 520, height: 680 };

/** Must be called in a click. */
export function openPopup(url: string): Window | null {
  const left = Math.max(0, window.screenX + (window.outerWidth - size.width) / 2);
  const top = Math.max(0, window.screenY + (window.outerHeight - size.height) / 2);
  const features = `popup,width=${size.width},height=${size.height},left=${Math.round(left)},top=${Math.round(top)}`;
  return window.open(url, '_blank', features);
}

export function startPopupFlow({ url, socketUrl, readOutcome, watches, on }: PopupFlowOptions): PopupFlow {
  let popup = openPopup(url);
  let isOver = false;
  let isToldClosed = false;
  let socket: WebSocket | undefined;
  let retryMs = 500;
  const ending = new AbortController();
  const timers = new Set<ReturnType<typeof setTimeout>>();

  const after = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };

  function stop(): void {
    isOver = true;
    ending.abort();
    for (const timer of timers) clearTimeout(timer);
    socket?.close();
    popup?.close();
  }

  function settle(outcome: Outcome): boolean {
    if (isOver || outcome.status === 'pending') return outcome.status !== 'pending';
    isOver = true;
    ending.abort();
    for (const timer of timers) clearTimeout(timer);
    socket?.close();
    on.outcome(outcome);
    return true;
  }

  /** @returns whether it is over */
  const ask = async (): Promise<boolean> => {
    if (isOver) return true;
    return settle(await readOutcome().catch((): Outcome => ({ status: 'pending' })));
  };

  function connect(): void {
    socket = new WebSocket(socketUrl);
    socket.addEventListener('message', ({ data }) => {
      const { message_type: status, ...rest } = JSON.parse(String(data)) as Outcome & { message_type: string };
      if (status === 'success' || status === 'error') settle({ ...rest, status });
      else retryMs = 500;
    });
    socket.addEventListener('close', () => {
      if (isOver) return;
      void ask();
      after(retryMs, connect);
      retryMs = Math.min(retryMs * 2, maxReconnectMs);
    });
  }

  function watch(): void {
    if (popup?.closed && !isToldClosed) {
      isToldClosed = true;
      after(graceMs, () => void ask().then((over) => over || on.closed()));
    }
    if (popup) after(watchEveryMs, watch);
  }

  const listen = { signal: ending.signal };
  // Whoever says it: the answer comes from the server.
  const onWord = ({ data }: MessageEvent) => {
    const type = (data as { type?: unknown } | null)?.type;
    if (typeof type === 'string' && type.startsWith('nango_oauth_callback_')) void ask();
  };
  window.addEventListener('message', onWord, listen);
  const channel = new BroadcastChannel('nango-oauth-callback');
  channel.addEventListener('message', onWord, listen);
  ending.signal.addEventListener('abort', () => channel.close());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void ask(), listen);

  connect();
  if (watches) watch();
  after(lifeMs, () => {
    void ask().then((over) => {
      if (over) return;
      stop();
      on.timedOut();
    });
  });

  return {
    isBlocked: popup === null,
    follow(opened) {
      popup = opened;
      isToldClosed = false;
      if (watches && popup) watch();
    },
    show() {
      if (!popup || popup.closed) return false;
      popup.focus();
      return true;
    },
    stop,
  };
}

/** 128 random bits in the shape of a UUID; `randomUUID` is not there on plain http. */
export function makeClientId(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
