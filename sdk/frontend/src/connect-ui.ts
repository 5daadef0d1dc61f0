// The connect page over the app's own, or in a window: shown in an iframe, handed the session's token, and listened to.
import { AuthError } from './auth-error.ts';
import type { ConnectedAccount } from './options.ts';
import { openWindow } from './popup.ts';

export interface ConnectUISettings {
  showWatermark: boolean;
  defaultTheme: 'light' | 'dark' | 'system';
  theme: { light: { primary: string }; dark: { primary: string } };
}

export type ConnectUIEvent =
  | { type: 'ready' }
  | { type: 'settings_changed'; payload: ConnectUISettings }
  | { type: 'connect'; payload: ConnectedAccount }
  | { type: 'error'; payload: { errorType: string; errorMessage: string } }
  | { type: 'close' };

export interface ConnectUIOptions {
  /** Of the session that your server made; `setSessionToken` can hand it over later. */
  sessionToken?: string | undefined;
  onEvent?(event: ConnectUIEvent): void;
  /** `popup`: in a window of its own; then call this in the handler of a click. Default `iframe`. */
  display?: 'iframe' | 'popup' | undefined;
  /** Of the page's texts: `en`, `de`, `fr`, `es`. Default: the browser's. */
  lang?: string | undefined;
  /** Instead of the environment's. */
  themeOverride?: 'light' | 'dark' | 'system' | undefined;
  /** Whether the page notices that a provider's popup was closed. */
  detectClosedAuthWindow?: boolean | undefined;
  /** Where the connect page is. Default: at the API. */
  baseURL?: string | undefined;
  /** For a connect page that is not served by the API. */
  apiURL?: string | undefined;
}

export interface ConnectUI {
  /** Shows the page; `openConnectUI` has done that. */
  open(): void;
  setSessionToken(token: string): void;
  close(): void;
}

/** Without a sign of life by then the page is taken away again: it would lie invisible over the app's. */
const readyWithinMs = 20_000;

export function createConnectUI({ host, ...options }: ConnectUIOptions & { host: string }): ConnectUI {
  const { onEvent = () => {}, display = 'iframe', themeOverride } = options;
  const page = pageAddress(options, host);
  let token = options.sessionToken;
  let shown: { frame: HTMLIFrameElement; remove(): void } | undefined;
  let isReady = false;

  function handOver(): void {
    if (token === undefined || !shown) return;
    const { frame } = shown;
    // The page takes a token from the window around it, and what we post comes from this one: in a popup the address carries it.
    if (display === 'popup') frame.src = `${page.href}#session_token=${encodeURIComponent(token)}`;
    else if (isReady) frame.contentWindow?.postMessage({ type: 'session_token', sessionToken: token }, page.origin);
  }

  function open(): void {
    if (shown) return;
    const place = display === 'popup' ? openWindow({ width: 560, height: 720 }) : window;
    const frame = makeFrame(place.document, themeOverride);
    if (display === 'iframe') frame.src = page.href;
    else place.document.title = frame.title;
    const onMessage = ({ data, origin, source }: MessageEvent<ConnectUIEvent>) => {
      if (origin !== page.origin || source !== frame.contentWindow) return;
      if (data.type === 'ready') {
        isReady = true;
        clearTimeout(patience);
        if (display === 'iframe') handOver();
      }
      if (data.type === 'close') close();
      else onEvent(data);
    };
    const patience = setTimeout(() => {
      if (!frame.src) return; // it waits for us
      const errorMessage = `The connect page did not come up within ${readyWithinMs / 1000} s: ${page.origin}.`;
      onEvent({ type: 'error', payload: { errorType: 'timed_out', errorMessage } });
      close();
    }, readyWithinMs);
    const looking = setInterval(() => place.closed && close(), 500);
    const focusedBefore = document.activeElement;
    place.addEventListener('message', onMessage);
    place.document.body.append(frame);
    frame.focus();
    shown = {
      frame,
      remove() {
        clearTimeout(patience);
        clearInterval(looking);
        place.removeEventListener('message', onMessage);
        frame.remove();
        if (place !== window) place.close();
        else if (focusedBefore instanceof HTMLElement) focusedBefore.focus();
      },
    };
    handOver();
  }

  function close(): void {
    if (!shown) return;
    shown.remove();
    shown = undefined;
    isReady = false;
    onEvent({ type: 'close' });
  }

  return {
    open,
    close,
    setSessionToken(given) {
      token = given;
      handOver();
    },
  };
}

/** @throws AuthError `invalid_host_url` */
function pageAddress({ baseURL, apiURL, ...options }: ConnectUIOptions, host: string): URL {
  const { lang, themeOverride, detectClosedAuthWindow } = options;
  const given = baseURL ?? `${host}/connect/`;
  let page: URL;
  try {
    page = new URL(given);
  } catch (cause) {
    throw new AuthError(`'${given}' is not an address of a connect page.`, 'invalid_host_url', { cause });
  }
  page.searchParams.set('apiURL', apiURL ?? host);
  if (lang !== undefined) page.searchParams.set('lang', lang);
  if (themeOverride !== undefined) page.searchParams.set('theme', themeOverride);
  if (detectClosedAuthWindow !== undefined)
    page.searchParams.set('detectClosedAuthWindow', String(detectClosedAuthWindow));
  return page;
}

function makeFrame(document: Document, theme: ConnectUIOptions['themeOverride']): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.id = 'connect-ui';
  frame.title = 'Connect an account';
  // A frame is only transparent where its colour scheme is that of the document in it.
  const colorScheme = theme === 'light' || theme === 'dark' ? theme : 'light dark';
  const style = { position: 'fixed', inset: '0', width: '100%', height: '100%', border: '0', zIndex: '2147483647' };
  Object.assign(frame.style, style, { background: 'transparent', colorScheme });
  return frame;
}
