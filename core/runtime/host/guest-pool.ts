// Guests of this process: at most `size` at once, one spare kept warm while there is work, none when it is quiet.
import { SynclineError } from '../../errors.ts';
import type { Fence, FenceLevel } from './fences.ts';
import type { Guest, GuestLimits } from './guest-process.ts';
import { createStartGuests } from './start-guests.ts';

export interface GuestPool {
  /**
   * A guest bound to the environment, alone until `release`. For a callee of a function that holds a guest and waits, use
   * `acquireNested`: it gets one beyond `size`, or callers could take every place and wait for callees for ever.
   * @throws SynclineError action_start_timeout after `waitMs`
   */
  acquire(environmentId: string, waitMs?: number): Promise<Guest>;
  acquireNested(environmentId: string): Promise<Guest>;
  /** `reuse: false` ends it. So does a run that is not over, or that left something at work. */
  release(guest: Guest, options: { reuse: boolean }): void;
  /** Spawns the spare ahead of the first call. */
  warm(): void;
  /** Of the guests; undefined before the first has started. */
  readonly fence: FenceLevel | undefined;
  close(): void;
}

export interface GuestPoolOptions extends Partial<GuestLimits> {
  /** At once, busy: functions mostly wait for their providers, so it may be several times the cores. */
  size: number;
  /** How many wait for `idleMs` when there is less to do; by default all. The others go sooner. */
  keep?: number;
  /** Then its process is ended. */
  maxRuns?: number;
  maxAgeMs?: number;
  /** How long a guest waits for the next run of its environment; a spare for its first; one above `keep`. */
  idleMs?: number;
  spareMs?: number;
  excessMs?: number;
  /** Told once, when the first guest has started. */
  onFence?: (fence: Fence) => void;
}

export function createGuestPool({
  size,
  keep = size,
  heapMb = 512,
  computingMs = 60_000,
  maxRuns = 100,
  maxAgeMs = 15 * 60_000,
  idleMs = 60_000,
  spareMs = 30_000,
  excessMs = 10_000,
  onFence,
}: GuestPoolOptions): GuestPool {
  const guests = createStartGuests({ heapMb, computingMs }, { onFence });
  const idle = new Map<Guest, NodeJS.Timeout>();
  const queue: { environmentId: string; resolve: (guest: Guest) => void; reject: (error: unknown) => void }[] = [];
  let busy = 0;
  let spare: Promise<Guest> | undefined;
  let closed = false;

  function park(guest: Guest): void {
    const waitMs = guest.runs === 0 ? spareMs : idle.size < keep ? idleMs : excessMs;
    const timer = setTimeout(() => retire(guest), waitMs);
    timer.unref();
    idle.set(guest, timer);
  }

  function retire(guest: Guest): void {
    clearTimeout(idle.get(guest));
    idle.delete(guest);
    guest.kill();
  }

  function takeIdle(match: (guest: Guest) => boolean): Guest | undefined {
    for (const [guest, timer] of idle) {
      if (guest.dead) idle.delete(guest);
      else if (match(guest)) {
        clearTimeout(timer);
        idle.delete(guest);
        return guest;
      }
    }
    return undefined;
  }

  function warm(): void {
    if (closed || spare || [...idle.keys()].some((guest) => guest.environmentId === null)) return;
    const starting = guests.start();
    spare = starting;
    starting.then(
      (guest) => {
        if (spare !== starting) return; // somebody waits for it
        spare = undefined;
        if (closed) guest.kill();
        else park(guest);
      },
      () => {
        if (spare === starting) spare = undefined;
      },
    );
  }

  /** The spare that is on its way comes sooner than another. */
  function startOne(): Promise<Guest> {
    const starting = spare ?? guests.start();
    spare = undefined;
    return starting;
  }

  async function take(environmentId: string): Promise<Guest> {
    const found =
      takeIdle((guest) => guest.environmentId === environmentId) ?? takeIdle((guest) => guest.environmentId === null);
    const guest = found ?? (await startOne());
    guest.environmentId = environmentId;
    // Bound guests that wait count too: the oldest makes room.
    while (busy + idle.size > size + 1) {
      const oldest = idle.keys().next().value;
      if (!oldest) break;
      retire(oldest);
    }
    return guest;
  }

  function next(): void {
    while (busy < size && queue.length > 0) {
      const waiter = queue.shift()!;
      busy++;
      take(waiter.environmentId).then(
        (guest) => {
          waiter.resolve(guest);
          warm();
        },
        (error) => {
          busy--;
          waiter.reject(error);
        },
      );
    }
  }

  return {
    acquire(environmentId, waitMs = 30_000) {
      return new Promise((resolve, reject) => {
        const waiter = {
          environmentId,
          resolve: (guest: Guest) => {
            clearTimeout(timer);
            resolve(guest);
          },
          reject: (error: unknown) => {
            clearTimeout(timer);
            reject(error);
          },
        };
        const timer = setTimeout(() => {
          const at = queue.indexOf(waiter);
          if (at === -1) return; // it is being served
          queue.splice(at, 1);
          reject(
            new SynclineError('action_start_timeout', 'No function process became free in time.', {
              status: 503,
              retryable: true,
              retryAfterMs: 5_000,
              hint: 'Repeat the call; if it happens often, add workers or raise SYNCLINE_GUESTS.',
            }),
          );
        }, waitMs);
        queue.push(waiter);
        next();
      });
    },
    async acquireNested(environmentId) {
      busy++;
      try {
        return await take(environmentId);
      } catch (error) {
        busy--;
        throw error;
      }
    },
    release(guest, { reuse }) {
      const free = (renewed: boolean) => {
        busy--;
        if (renewed && !closed) park(guest);
        else guest.kill();
        next();
      };
      if (!reuse || guest.runs >= maxRuns || Date.now() - guest.bornAt > maxAgeMs) free(false);
      else void guest.renewed().then(free); // its place stays taken for these milliseconds: the next run has it, warm
    },
    warm,
    get fence() {
      return guests.fence?.level;
    },
    close() {
      closed = true;
      for (const guest of [...idle.keys()]) retire(guest);
    },
  };
}
