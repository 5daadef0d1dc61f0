// Where the page is and what it knows; everything on screen is drawn from this.
import type { Values } from './check-field.ts';
import type { Integration, Session } from './server.ts';

export type EndReason = 'ended' | 'noToken' | 'unreachable' | 'empty' | 'foreign';

export interface Failure {
  code: string;
  /** The server's or the provider's; may be empty. */
  words: string;
}

export type Screen =
  | { at: 'loading' }
  | { at: 'over'; why: EndReason }
  | { at: 'list' }
  | { at: 'form'; isBusy: boolean; notice?: 'closedNotice' | 'cancelledNotice'; failure?: Failure }
  | { at: 'waiting'; url: string; isBlocked: boolean }
  | { at: 'failed'; failure: Failure }
  | { at: 'done'; isPending: boolean };

export interface State {
  screen: Screen;
  session: Session | undefined;
  integrations: readonly Integration[];
  chosen: Integration | undefined;
  /** By the integration's key, then by field: whatever happens, nobody types twice. */
  typed: Readonly<Record<string, Values>>;
  /** What the server said of single fields, until they are changed. */
  faults: Readonly<Record<string, string>>;
  query: string;
}

export const initialState: State = {
  screen: { at: 'loading' },
  session: undefined,
  integrations: [],
  chosen: undefined,
  typed: {},
  faults: {},
  query: '',
};

export const typedOf = ({ typed, chosen }: State): Values => (chosen && typed[chosen.unique_key]) ?? {};

/** Whose account it will be, as the app calls them. */
export function ownerOf({ session }: State): string | undefined {
  const { organization, display_name, email } = session?.endUser ?? {};
  return organization?.display_name || display_name || email || undefined;
}

/** Names that begin with the query first. @example findIntegrations(all, 'hub').map(({ display_name }) => display_name) // ['HubSpot'] */
export function findIntegrations(all: readonly Integration[], query: string): Integration[] {
  const wanted = plain(query);
  const ranked = all.map((integration) => ({ integration, rank: rankOf(integration, wanted) }));
  return ranked
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || a.integration.display_name.localeCompare(b.integration.display_name))
    .map(({ integration }) => integration);
}

function rankOf({ display_name, unique_key, provider }: Integration, wanted: string): number {
  const name = plain(display_name);
  if (name.startsWith(wanted)) return 3;
  if (name.includes(wanted)) return 2;
  return plain(unique_key).includes(wanted) || plain(provider).includes(wanted) ? 1 : 0;
}

/** Without case, accents and what stands between words: "hub spot" finds HubSpot. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
