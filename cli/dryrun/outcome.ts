// What a dry run came to: what it would have stored, what it answered, or why it failed.
import type { CheckpointValue } from '../../core/runtime/parse-checkpoint.ts';
import type { FunctionKind } from '../../core/runtime/protocol.ts';
import type { MemoryStream } from './memory-stream.ts';
import type { Event } from './timeline.ts';

export interface Place {
  file: string;
  line: number;
  column: number;
}

export interface Failure {
  type: string;
  message: string;
  payload?: unknown;
  upstream?: { status: number; headers: Record<string, unknown>; body: unknown };
  /** In the author's source, innermost first. */
  places: Place[];
}

export interface Outcome {
  kind: FunctionKind;
  failure?: Failure;
  /** Of an action. */
  output?: unknown;
  streams: ReadonlyMap<string, MemoryStream>;
  quarantined: readonly { model: string; id: string | null; reason: string; at?: string }[];
  checkpoint: { from: CheckpointValue | null; to: CheckpointValue | null };
  /** As the run left it, when the script wrote it. */
  metadata?: Record<string, unknown>;
  events: readonly Event[];
  durationMs: number;
  /** Of the guest process; where the system says it. */
  peakMemoryBytes?: number;
}

/** `at exec (github/syncs/issues.ts:12:5)` */
export function toPlaces(frames: readonly string[]): Place[] {
  return frames.flatMap((frame) => {
    const [, file, line, column] = /(?:\(|at (?:async )?)([^()]+?):(\d+):(\d+)\)?$/.exec(frame) ?? [];
    return file === undefined ? [] : [{ file, line: Number(line), column: Number(column) }];
  });
}

const maxListed = 10_000;

/** For --json: whole records up to a bound, then only their number. */
export function toJson({ streams, failure, events, checkpoint, ...outcome }: Outcome) {
  return {
    success: failure === undefined,
    kind: outcome.kind,
    ...('output' in outcome && { output: outcome.output }),
    models: Object.fromEntries(
      [...streams].map(([model, { rows, counts, deletions }]) => {
        const live = [...rows.values()].filter(({ deletedAt }) => deletedAt === null);
        return [
          model,
          {
            ...counts,
            records: live.slice(0, maxListed).map(({ body }) => JSON.parse(body.toString()) as unknown),
            ...(live.length > maxListed && { omitted: live.length - maxListed }),
            deletions: deletions.map(({ id }) => id),
          },
        ];
      }),
    ),
    ...(outcome.quarantined.length > 0 && { quarantined: outcome.quarantined }),
    checkpoint,
    ...(outcome.metadata && { metadata: outcome.metadata }),
    timeline: events.map((event) => ({ ...event, atMs: Math.round(event.atMs) })),
    durationMs: Math.round(outcome.durationMs),
    ...(outcome.peakMemoryBytes !== undefined && { peakMemoryBytes: outcome.peakMemoryBytes }),
  };
}
