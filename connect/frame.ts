// The page that shows us in a frame: told what happens here, and where the session's token comes from. Never anybody else, and never
// to `*` (security case 5).
import { parseUrl } from './parse-url.ts';
import type { Theme } from './server.ts';

export type Told =
  | { type: 'ready' }
  | { type: 'close' }
  | { type: 'connect'; payload: { providerConfigKey: string; connectionId: string; isPending?: boolean } }
  | { type: 'error'; payload: { errorType: string; errorMessage: string } }
  | { type: 'settings_changed'; payload: Theme };

export interface Frame {
  isEmbedded: boolean;
  /** Of this page. */
  origin: string;
  /** Of the page around us, as far as the browser says; then of the one that sent the token. */
  parentOrigin(): string | undefined;
  tell(message: Told): void;
  /** May come again, with another token. */
  onToken(use: (token: string) => void): void;
}

type FrameWindow = Pick<Window, 'parent' | 'addEventListener' | 'document'> & {
  location: Pick<Location, 'origin'> & { ancestorOrigins?: ArrayLike<string> };
};

export function createFrame(self: FrameWindow): Frame {
  const isEmbedded = self.parent !== (self as unknown);
  let parentOrigin = isEmbedded ? announcedOrigin(self) : undefined;
  return {
    isEmbedded,
    origin: self.location.origin,
    parentOrigin: () => parentOrigin,
    tell(message) {
      if (isEmbedded && parentOrigin !== undefined) self.parent.postMessage(message, parentOrigin);
    },
    onToken(use) {
      self.addEventListener('message', ({ source, origin, data }: MessageEvent) => {
        if (!isEmbedded || source !== self.parent || !isTokenMessage(data)) return;
        if (origin !== 'null') parentOrigin = origin;
        use(data.sessionToken);
      });
    },
  };
}

/** A parent that hides its address from a browser without `ancestorOrigins` cannot be told that we are ready. */
function announcedOrigin({ location, document }: FrameWindow): string | undefined {
  const announced = location.ancestorOrigins?.[0] ?? parseUrl(document.referrer)?.origin;
  return announced === 'null' ? undefined : announced;
}

const isTokenMessage = (data: unknown): data is { sessionToken: string } => {
  const { type, sessionToken } = (data ?? {}) as { type?: unknown; sessionToken?: unknown };
  return type === 'session_token' && typeof sessionToken === 'string';
};
