// Where an environment lists origins, a session's token works for their pages and ours alone: a page that got hold of one cannot use it
// from a browser, which says whose page asks. Servers and address bars send no origin.
import { SynclineError } from '../../core/errors.ts';

/** @throws SynclineError `forbidden` (403) */
export function assertSessionOrigin(
  asked: string | undefined,
  { publicUrl, origins }: { publicUrl: string; origins: readonly string[] | undefined },
): void {
  if (asked === undefined || !origins || origins.includes(asked) || asked === new URL(publicUrl).origin) return;
  throw new SynclineError('forbidden', 'Pages of this origin may not use connect sessions of this environment.', {
    status: 403,
    hint: 'The environment lists the origins that may, in its connect settings.',
  });
}
