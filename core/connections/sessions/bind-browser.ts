// A strict session belongs to the browser that opened its first flow: a link that was passed on opens no second one.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../../db/database.ts';
import { connectSessions } from '../../db/schema/connect-sessions.ts';
import { SynclineError } from '../../errors.ts';
import type { ConnectSession } from './session.ts';

/**
 * @param heldBy the cookies of the browser that asks
 * @returns the cookie that it has to hold
 * @throws SynclineError `forbidden` (403) in any other browser
 */
export async function bindBrowser(
  environment: EnvironmentDb,
  { id }: ConnectSession,
  heldBy: (name: string) => string | undefined,
): Promise<{ name: string; value: string }> {
  const name = `connect_${id.replaceAll('-', '').slice(-16)}`;
  const value = heldBy(name) ?? randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(value).digest();
  const [row] = await environment.transaction((tx) =>
    tx
      .update(connectSessions)
      .set({ browserHash: sql`COALESCE(${connectSessions.browserHash}, ${hash})` })
      .where(eq(connectSessions.id, id))
      .returning({ browserHash: connectSessions.browserHash }),
  );
  if (row?.browserHash && timingSafeEqual(row.browserHash, hash)) return { name, value };
  throw new SynclineError('forbidden', 'This connect session is in use in another browser.', {
    status: 403,
    hint: 'Ask the app for a new link, and open it in one browser.',
  });
}
