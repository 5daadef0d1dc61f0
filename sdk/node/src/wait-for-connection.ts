// Waits until an end user has connected an account, for programs that have no webhook.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionListItem } from './types/connections.ts';

const firstWaitMs = 10_000;
const everyMs = 2_000;
const tries = 30;

/** @throws Error after about 70 s; the signal's reason when it is aborted */
export async function waitForConnection(
  list: () => Promise<ConnectionListItem[]>,
  integrationId: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<ConnectionListItem> {
  for (let attempt = 0; attempt < tries; attempt++) {
    await sleep(attempt === 0 ? firstWaitMs : everyMs, undefined, { signal });
    const found = (await list()).find(({ provider_config_key }) => provider_config_key === integrationId);
    if (found) return found;
  }
  throw new Error(
    `Nobody has connected ${integrationId} within ${Math.round((firstWaitMs + tries * everyMs) / 1000)} s.`,
  );
}
