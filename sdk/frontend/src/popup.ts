// Windows that are opened empty within a click, so that browsers let them be; a flow's is sent on its way afterwards.
import { AuthError } from './auth-error.ts';

interface Size {
  width: number;
  height: number;
}

export interface Popup {
  readonly closed: boolean;
  go(url: string): void;
  close(): void;
}

/** @throws AuthError `blocked_by_browser` */
export function openWindow({ width, height }: Size): Window {
  const left = Math.round(window.screenX + (window.outerWidth - width) / 2);
  const top = Math.round(window.screenY + (window.outerHeight - height) / 2);
  const opened = window.open('', '_blank', `popup,width=${width},height=${height},left=${left},top=${top}`);
  if (opened && !opened.closed) return opened;
  throw new AuthError('The browser blocked the popup.', 'blocked_by_browser', {
    hint: 'Call this directly in the handler of a click, or ask the user to allow popups for this site.',
  });
}

/** @throws AuthError `blocked_by_browser` */
export function openPopup(size: Size): Popup {
  const popup = openWindow(size);
  return {
    get closed() {
      return popup.closed;
    },
    go(url) {
      // While it is still our own page: nothing that is shown in there can then send this window elsewhere. The price is that
      // `close` does nothing from here on; the page that says "connected" closes itself.
      popup.opener = null;
      popup.location.replace(url);
    },
    close: () => popup.close(),
  };
}
