// The live tail of an operation: its messages as they come, until it is over.
import type { LogMessage } from './types/logs.ts';
import type { Page } from './types/pages.ts';

/** The server holds a request as long as there is nothing to say. */
const waitSeconds = 20;

export async function* followMessages(
  list: (query: { cursor: string | null; wait: number; limit: number }) => Promise<Page<LogMessage>>,
): AsyncGenerator<LogMessage, undefined, void> {
  let next: string | null = null;
  do {
    const page = await list({ cursor: next, wait: waitSeconds, limit: 100 });
    yield* page.data;
    next = page.next_cursor;
  } while (next);
}
