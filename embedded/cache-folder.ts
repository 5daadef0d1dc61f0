// What is made once per machine and user: the Temporal server, workflow bundles. Shared by all instances.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `~/.cache/syncline`, or a folder in the data folder where the home cannot be written (containers, services). */
export function cacheFolder(dataDir: string): string {
  const own = join(homedir(), '.cache', 'syncline');
  try {
    mkdirSync(own, { recursive: true });
    accessSync(own, constants.W_OK);
    return own;
  } catch {
    const instead = join(dataDir, 'cache');
    mkdirSync(instead, { recursive: true });
    return instead;
  }
}
