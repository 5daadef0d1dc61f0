// Guests of this process: at most `size` at once, one spare kept warm while there is work, none when it is quiet.
import { SynclineError } from '../../errors.ts';
import { type Guest, spawnGuest } from './guest-process.ts';

export interface GuestPool {
  /**
   * A guest bound to the environment, alone until `release`.
   * @throws SynclineError action_start_timeout after `waitMs`
   */
  acquire(environmentId: string, waitMs?: number): Promise<Guest>;
  /** `reuse: false` ends it: a sync leaves nothing to the next one. */
  release(guest: Guest, options: { reuse: boolean }): void;
  /** Spawns the spare ahead of the first call. */
  warm(): void;
  close(): void;
}

const maxRuns = 100;
const maxAgeMs = 15 * 60_000;
const idleMs = 60_000;

export function createGuestPool({ size }: { size: number }): GuestPool {
  const idle = new Map<Guest, NodeJS.Timeout>();
  const queue: { environmentId: string; resolve: (guest: Guest) => void; reject: (error: unknown) => void }[] = [];
  let busy = 0;
  let spawning: Promise<Guest> | undefined;
  let closed = false;

  function park(guest: Guest): void {
    const timer = setTimeout(() => retire(guest), idleMs);
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

  const warm = () => {
    if (closed || spawning || [...idle.keys()].some((guest) => guest.environmentId === null)) return;
    spawning = spawnGuest();
    spawning.then(
      (guest) => {
        spawning = undefined;
        closed ? guest.kill() : park(guest);
        next();
      },
      () => {
        spawning = undefined;
      },
    );
  };

  async function take(environmentId: string): Promise<Guest> {
    const found =
      takeIdle((guest) => guest.environmentId === environmentId) ?? takeIdle((guest) => guest.environmentId === null);
    const guest = found ?? (await spawnGuest());
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
    release(guest, { reuse }) {
      busy--;
      if (!reuse || guest.dead || guest.runs >= maxRuns || Date.now() - guest.bornAt > maxAgeMs) guest.kill();
      else park(guest);
      next();
    },
    warm,
    close() {
      closed = true;
      for (const guest of [...idle.keys()]) retire(guest);
    },
  };
}
