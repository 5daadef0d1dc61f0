// Runs a function against its recording: the production guest, no network, the recorded outcome as the measure.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PaginateRules } from '@syncline/functions/paginate';
import { findRecording } from '@syncline/testing/find-recording';
import type { GuestPool } from '../../core/runtime/host/guest-pool.ts';
import type { CheckpointValue } from '../../core/runtime/parse-checkpoint.ts';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import type { EntryPoint } from '../project/read-entry-points.ts';
import { openCassette, type Recording } from './cassette-platform.ts';
import { compare } from './compare.ts';
import { dryRun } from './engine.ts';
import type { Place } from './outcome.ts';

export interface Replayed {
  integration: string;
  name: string;
  kind: string;
  status: 'passed' | 'failed';
  /** Differences from the recorded outcome, or why it failed. */
  problems: string[];
  /** Requests that were made and are not recorded. */
  missing: string[];
  /** Recorded requests that were not made. */
  unserved: string[];
  requests: number;
  durationMs: number;
  /** Of a failure, in the author's source. */
  places: Place[];
}

/** A script that waits for nothing and asks nothing is in an endless loop. */
const stallMs = 60_000;

/** `tests/<name>.test.json` of the integration, or a folder `mocks/<name>` of the older form. */
export function recordingOf(dir: string, { providerConfigKey, name }: EntryPoint): Recording | undefined {
  const folder = path.join(dir, providerConfigKey);
  const known = [path.join(folder, 'tests', `${name}.test.json`), path.join(folder, 'mocks', name)].some(existsSync);
  return known ? findRecording({ dirname: path.join(folder, 'tests'), name }, '') : undefined;
}

export async function replay(
  guests: GuestPool,
  { function: tested, recording }: { function: CompiledFunction; recording: Recording },
): Promise<Replayed> {
  const { providerConfigKey: integration, name } = tested.entry;
  const cassette = openCassette(recording, { integration, pagination: await paginationOf(recording, integration) });
  const input = recording.input() as unknown;
  const checkpoint = recording.value('checkpoint') as CheckpointValue | undefined;
  const lastSyncDate = recording.value('lastSyncDate') as string | undefined;
  const outcome = await dryRun(guests, {
    function: tested,
    platform: cassette,
    ...(input !== undefined && { input: { value: input } }),
    ...(checkpoint && { checkpoint }),
    ...(lastSyncDate !== undefined && { lastSyncDate: new Date(lastSyncDate) }),
    stallMs,
  });
  const { definition } = tested;
  const models = 'models' in definition ? definition.models : [];
  const problems = compare(outcome, recording, models);
  const missing = [...cassette.missing];
  return {
    integration,
    name,
    kind: outcome.kind,
    status: problems.length + missing.length === 0 ? 'passed' : 'failed',
    problems,
    missing,
    unserved: cassette.unserved(),
    requests: outcome.events.filter(({ kind }) => kind === 'request').length,
    durationMs: Math.round(outcome.durationMs),
    places: outcome.failure?.places ?? [],
  };
}

/** As it was recorded; else of the provider that the integration is named after. */
async function paginationOf(recording: Recording, integration: string): Promise<PaginateRules | undefined> {
  const recorded = recording.value('pagination') as PaginateRules | undefined;
  if (recorded) return recorded;
  // Reads the whole catalogue, which only recordings of the peer have to wait for.
  const catalogue = await import('@syncline/testing/provider-pagination');
  return catalogue.paginationOf((recording.value('provider') as string | undefined) ?? integration);
}
