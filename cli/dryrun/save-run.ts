// What a dry run recorded becomes a file, and is replayed at once: a recording that does not replay is found now, not in CI.
import type { Fixture } from '@syncline/testing';
import { jsonRecording } from '@syncline/testing/json-recording';
import type { GuestPool } from '../../core/runtime/host/guest-pool.ts';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import { replay } from './replay.ts';
import { writeRecording } from './write-recording.ts';

export async function saveRun(
  guests: GuestPool,
  { dir, found, fixture }: { dir: string; found: CompiledFunction; fixture: Fixture },
): Promise<{ written: string[]; problems: string[] }> {
  const written = writeRecording(dir, found, fixture);
  const text = JSON.stringify(fixture); // as a test will read it
  const recording = jsonRecording(JSON.parse(text) as Fixture, written[0]);
  const { problems, missing } = await replay(guests, { function: found, recording });
  return { written, problems: [...problems, ...missing.map((request) => `not recorded: ${request}`)] };
}
