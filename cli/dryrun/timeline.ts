// What happened in a dry run, in order and with the time of it: told while it runs, kept for the end.

export interface RequestEvent {
  kind: 'request';
  method: string;
  /** As the script asked for it; without credentials where the platform knows it whole. */
  url: string;
  /** Of the answer, or what went wrong. */
  outcome: number | string;
  durationMs: number;
  sizeBytes: number;
}

export interface LogEvent {
  kind: 'log';
  level: string;
  message: string;
  payload?: unknown;
  /** Ours, not the script's. */
  internal?: true;
}

export interface RecordEvent {
  kind: 'save' | 'update' | 'delete' | 'pass';
  model: string;
  count: number;
}

export interface StateEvent {
  kind: 'checkpoint' | 'metadata';
  value: unknown;
}

export interface CallEvent {
  kind: 'call';
  /** Such as `triggerAction create-contact`. */
  name: string;
  note: string;
}

type Happening = RequestEvent | LogEvent | RecordEvent | StateEvent | CallEvent;
/** `atMs`: from the start of the run to the beginning of it. */
export type Event = Happening & { atMs: number };

export interface Timeline {
  readonly events: Event[];
  add(event: Happening, atMs?: number): void;
  note(level: 'warn' | 'error', message: string, payload?: unknown): void;
  sinceStartMs(): number;
}

export function createTimeline(tell: (event: Event) => void = () => {}): Timeline {
  const startedAt = performance.now();
  const events: Event[] = [];
  const sinceStartMs = () => performance.now() - startedAt;
  const add: Timeline['add'] = (happening, atMs = sinceStartMs()) => {
    const event = { ...happening, atMs };
    events.push(event);
    tell(event);
  };
  return {
    events,
    add,
    sinceStartMs,
    note: (level, message, payload) =>
      add({ kind: 'log', level, message, internal: true, ...(payload !== undefined && { payload }) }),
  };
}
