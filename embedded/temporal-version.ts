// Which Temporal we want, and whether a binary that was found will do.
import { execFile } from 'node:child_process';

/** Of the CLI, which carries the server: embedded/temporal/go.mod. */
export const cliVersion = '1.8.2';
/** Fairness keys need it (reference: server 1.29 with the new matcher). */
const oldestServer = [1, 29] as const;

/** What `temporal --version` says, or undefined when this cannot be run. */
export function versionOf(binary: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(binary, ['--version'], { timeout: 15_000, killSignal: 'SIGKILL' }, (error, stdout) => {
      resolve(error ? undefined : stdout.trim());
    });
  });
}

/** @example isRecentEnough('temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)') */
export function isRecentEnough(version: string): boolean {
  const [, major, minor] = /Server (\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return false;
  const [wantedMajor, wantedMinor] = oldestServer;
  return Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
}
