// What the address of the page says: its session, its language, its theme. A token is taken off the address at once, into the
// history's own state, where a reload finds it and nobody who looks over a shoulder.

export interface Wishes {
  token: string | undefined;
  lang: string | undefined;
  theme: 'light' | 'dark' | undefined;
  /** Someone who closes the popup is brought back to the form. */
  watchesPopup: boolean;
}

const tokenName = 'session_token';

export function readAddress({ location, history }: Pick<Window, 'location' | 'history'>): Wishes {
  const url = new URL(location.href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const given = fragment.get(tokenName) ?? url.searchParams.get(tokenName);
  const kept = (history.state as { token?: unknown } | null)?.token;
  const token = given ?? (typeof kept === 'string' ? kept : undefined);
  if (given !== null) {
    url.searchParams.delete(tokenName);
    history.replaceState({ token: given }, '', `${url.pathname}${url.search}`);
  }
  const theme = url.searchParams.get('theme');
  return {
    token,
    lang: url.searchParams.get('lang') ?? undefined,
    theme: theme === 'light' || theme === 'dark' ? theme : undefined,
    watchesPopup: url.searchParams.get('detectClosedAuthWindow') !== 'false',
  };
}
