// The socket on which a flow's result comes, opened again whenever it is lost: the server tells a result again to whoever comes
// back with the flow's id.
import { type Outcome, parseMessage } from './outcome.ts';

export interface ResultSocket {
  readonly isOpen: boolean;
  close(): void;
}

const firstWaitMs = 1_000;
const longestWaitMs = 15_000;

export function openResultSocket(
  url: string,
  { onOutcome, onLost }: { onOutcome(outcome: Outcome): void; onLost(): void },
): ResultSocket {
  let socket: WebSocket | undefined;
  let waitMs = firstWaitMs;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  function open(): void {
    try {
      socket = new WebSocket(url);
    } catch {
      return; // forbidden by the page's own policy (CSP): the result is asked for instead
    }
    socket.onopen = () => {
      waitMs = firstWaitMs;
    };
    socket.onmessage = ({ data }) => {
      const outcome = parseMessage(data);
      if (outcome) onOutcome(outcome);
    };
    socket.onclose = () => {
      if (isOver) return;
      timer = setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
      onLost();
    };
  }

  open();
  return {
    get isOpen() {
      return socket?.readyState === 1;
    },
    close() {
      isOver = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
