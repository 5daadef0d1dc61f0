// Knows which runs the series has triggered, and waits until they have ended: `finishedAt` changed and nothing RUNNING.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../conformance/api.ts';
import type { GoldenRequest } from './series.ts';

interface State {
  id: string;
  name: string;
  variant: string;
  status: string;
  finishedAt?: string;
}

interface Scope {
  provider_config_key: string;
  connection_id?: string;
}

export interface RunWatch {
  /** Call before a request; call the result when it was accepted. */
  expect(request: GoldenRequest): Promise<() => void>;
  /** Was a run triggered that is not known to have ended? */
  pending(): boolean;
  /** @throws when a run does not end in time; it is then no longer waited for */
  settle(): Promise<void>;
}

const deadlineMs = 60_000;

export function createRunWatch(api: Api): RunWatch {
  /** By scope: sync id → `finishedAt` before the trigger. */
  const watched = new Map<string, { scope: Scope; before: Map<string, string | undefined> }>();

  async function readStates(scope: Scope): Promise<State[]> {
    const query = { ...scope, syncs: '*' };
    const { status, body } = await api.call('GET', '/sync/status', { query });
    return status === 200 ? (body as { syncs: State[] }).syncs : [];
  }

  async function findUnfinished(): Promise<string[]> {
    const unfinished: string[] = [];
    for (const { scope, before } of watched.values()) {
      for (const { id, name, status, finishedAt } of await readStates(scope)) {
        if (before.has(id) && before.get(id) !== finishedAt) before.delete(id);
        if (before.has(id) || status === 'RUNNING') unfinished.push(`${name} of ${scope.connection_id ?? 'all'}`);
      }
    }
    return unfinished;
  }

  return {
    async expect(request) {
      if (request.method !== 'POST' || request.path !== '/sync/trigger') return () => {};
      const scope = scopeOf(request);
      if (scope === undefined) return () => {};
      const wanted = namesOf(request.body);
      const states = (await readStates(scope)).filter(({ name }) => wanted.length === 0 || wanted.includes(name));
      return () => {
        const key = JSON.stringify(scope);
        const { before } = watched.get(key) ?? { before: new Map<string, string | undefined>() };
        for (const { id, finishedAt } of states) before.set(id, finishedAt);
        watched.set(key, { scope, before });
      };
    },

    pending: () => [...watched.values()].some(({ before }) => before.size > 0),

    async settle() {
      const until = Date.now() + deadlineMs;
      for (;;) {
        const unfinished = await findUnfinished();
        if (unfinished.length === 0) {
          for (const { before } of watched.values()) before.clear(); // what is left was deleted meanwhile
          return;
        }
        if (Date.now() > until) {
          watched.clear();
          throw new Error(`Runs did not end within ${deadlineMs / 1000} s: ${unfinished.join(', ')}`);
        }
        await sleep(250);
      }
    },
  };
}

function scopeOf({ body, headers }: GoldenRequest): Scope | undefined {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Partial<Scope>;
  const header = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const pck = given.provider_config_key ?? header('provider-config-key');
  const connection = given.connection_id ?? header('connection-id');
  if (typeof pck !== 'string') return undefined;
  return { provider_config_key: pck, ...(typeof connection === 'string' && { connection_id: connection }) };
}

function namesOf(body: unknown): string[] {
  const { syncs } = (body ?? {}) as { syncs?: unknown };
  if (!Array.isArray(syncs)) return [];
  return syncs.map((ref: unknown) => (typeof ref === 'string' ? ref.split('::')[0]! : (ref as { name: string }).name));
}
