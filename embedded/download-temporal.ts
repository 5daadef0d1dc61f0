// Lets the Temporal SDK download the server, in a process that is ended when nothing arrives: without a network, seconds.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ObtainOptions } from './build-temporal.ts';
import { cliVersion, isRecentEnough, versionOf } from './temporal-version.ts';

/** Without one more byte for this long, it is given up. */
const silenceMs = 20_000;
const deadlineMs = 10 * 60_000;

// The SDK downloads only on its way to starting a server, so that is what is asked of it. The version begins with "v".
const script = `
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const [version, downloadDir] = process.argv.slice(1);
  try {
    const server = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', version, downloadDir } } });
    await server.teardown();
  } catch (error) {
    process.stderr.write(String(error.message).split(': ').at(-1) + '\\n');
    process.exit(1);
  }`;

/** True when the binary is at `target` now. */
export async function downloadTemporal({
  target,
  print,
  signal,
  version = `v${cliVersion}`,
}: ObtainOptions & { version?: string }): Promise<boolean> {
  print.step('temporal', 'asking the SDK to download Temporal (about 50 MB; given up after 20 s of silence)');
  const folder = mkdtempSync(`${target}.download-`);
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, version, folder], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal && { signal, killSignal: 'SIGKILL' }),
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-2000);
    });
    const reason = await endOf(child, folder);
    const binary = biggestFile(folder);
    if (binary !== undefined) {
      chmodSync(binary, 0o755);
      if (isRecentEnough((await versionOf(binary)) ?? '')) {
        renameSync(binary, target);
        return true;
      }
    }
    print.step('temporal', `no download: ${reason ?? said.trim().split('\n').at(-1)}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined when it ended by itself. */
function endOf(child: ReturnType<typeof spawn>, folder: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let seenBytes = 0;
    let seenAt = startedAt;
    let reason: string | undefined;
    const watch = setInterval(() => {
      const now = performance.now();
      const bytes = bytesIn(folder);
      if (bytes !== seenBytes) [seenBytes, seenAt] = [bytes, now];
      if (now - seenAt < silenceMs && now - startedAt < deadlineMs) return;
      reason = `nothing came for ${silenceMs / 1000} s`;
      child.kill('SIGKILL');
    }, 1000);
    child.once('error', (error) => {
      reason = error.message;
    });
    child.once('close', () => {
      clearInterval(watch);
      resolve(reason);
    });
  });
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return [];
    const path = join(entry.parentPath, entry.name);
    return { path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 };
  });

const bytesIn = (folder: string) => filesIn(folder).reduce((sum, { bytes }) => sum + bytes, 0);

const biggestFile = (folder: string) => filesIn(folder).toSorted((a, b) => b.bytes - a.bytes)[0]?.path;
