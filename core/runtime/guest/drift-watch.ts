// Records that do not match their model's schema are saved all the same; the run's log says which field, once each.
import { createMatcher, type JsonSchema, type Matcher } from '../../functions/match-schema.ts';
import { ourError } from './our-error.ts';

export interface DriftWatch {
  /** @throws Error invalid_sync_record where schemas are enforced */
  check(model: string, records: readonly unknown[]): void;
  /** At the end of the run: how often it was. */
  summarise(): Promise<void>;
}

/** A schema that says nothing true about the data would fill the log. */
const maxPaths = 100;

type Log = (message: string, options: { level: 'warn' | 'info' }) => Promise<void>;

export function createDriftWatch(
  definitions: Record<string, JsonSchema> | undefined,
  { log, enforce = false }: { log: Log; enforce?: boolean | undefined },
): DriftWatch {
  const matchers = new Map<string, Matcher | undefined>();
  const counts = new Map<string, number>();
  let drifted = 0;

  function matcherOf(model: string): Matcher | undefined {
    if (!matchers.has(model)) {
      const schema = definitions?.[model];
      matchers.set(model, schema === undefined ? undefined : createMatcher(schema, definitions!));
    }
    return matchers.get(model);
  }

  return {
    check(model, records) {
      const matches = matcherOf(model);
      if (!matches) return;
      const report = (path: string, problem: string) => {
        const name = path === '' ? model : `${model}.${path}`;
        const count = counts.get(name);
        if (count === undefined && counts.size >= maxPaths) return;
        counts.set(name, (count ?? 0) + 1);
        if (count === undefined)
          void log(`Schema drift: ${name} ${problem}. The record is saved as it is.`, { level: 'warn' });
      };
      for (const record of records) {
        // What is no object is quarantined, which says more.
        if (typeof record !== 'object' || record === null || Array.isArray(record)) continue;
        if (enforce) refuseMismatch(model, record, matches);
        else if (!matches(record, report)) drifted++;
      }
    },
    async summarise() {
      if (drifted === 0) return;
      const fields = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
      await log(`Schema drift: ${drifted} records do not match their schema (${fields}).`, { level: 'info' });
    },
  };
}

function refuseMismatch(model: string, record: object, matches: Matcher): void {
  const validation: { path: string; message: string }[] = [];
  if (matches(record, (path, message) => validation.push({ path, message }))) return;
  const error = new Error(`A record does not match the schema of ${model}.`);
  throw ourError(Object.assign(error, { payload: { validation, model, data: record } }), 'invalid_sync_record');
}
