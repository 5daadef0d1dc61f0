// What a sync's workflow is told by the domain. Types alone and no imports: the workflow's own type check has no Node in it.

/** Why somebody asked for a run; it sets the run's priority. */
export type Requested = 'user' | 'backfill';

/** Times are epoch ms. */
export interface DesiredState {
  desired: 'active' | 'paused' | 'deleted';
  environmentId: string;
  connectionId: string;
  /** Somebody asked for a run since the last one began. */
  requested: Requested | null;
  /** The open run if there is one, else the next: a wiped Temporal goes on where Postgres says. */
  runNo: number;
  /** In the past when slots were missed or a run is open; null when it runs only on request. */
  nextRunAt: number | null;
  /** From when on the token should be refreshed before a run. */
  refreshAt: number | null;
}

/** How a run looks from the loop: `paused` is not its end. */
export interface RunSummary {
  status: 'succeeded' | 'failed' | 'cancelled' | 'paused' | 'needs_confirmation';
  /** "118 pages, 11800 records, 0 deleted" */
  text: string;
  next: DesiredState;
}
