// Starts guests behind the strongest fence that this machine lets us build: the first guest finds out which that is.
import { type Fence, fencesOf } from './fences.ts';
import { type Guest, type GuestLimits, spawnGuest } from './guest-process.ts';
import { guestProgram } from './guest-program.ts';

export interface StartGuests {
  start(): Promise<Guest>;
  /** Of the guests that have started; undefined before the first. */
  readonly fence: Fence | undefined;
}

export function createStartGuests(
  limits: GuestLimits,
  {
    onFence = () => {},
    fences = fencesOf,
  }: { onFence?: ((fence: Fence) => void) | undefined; fences?: typeof fencesOf } = {},
): StartGuests {
  let fence: Fence | undefined;
  let proving: Promise<Guest> | undefined;
  let realmCode: Buffer | undefined;

  async function spawn(behind: Fence): Promise<Guest> {
    const program = { ...(await guestProgram()), ...(realmCode && { realmCode }) };
    const spawned = await spawnGuest({ program, fence: behind, limits });
    if (spawned.realmCode.length > 0) realmCode = spawned.realmCode;
    return spawned.guest;
  }

  async function prove(): Promise<Guest> {
    const candidates = await fences(limits);
    for (const [index, candidate] of candidates.entries()) {
      try {
        const guest = await spawn(candidate);
        fence = candidate;
        onFence(candidate);
        return guest;
      } catch (error) {
        if (index === candidates.length - 1) throw error;
      }
    }
    throw new Error('no way to start a guest');
  }

  return {
    get fence() {
      return fence;
    },
    async start() {
      if (proving) await proving.catch(() => {});
      if (fence) return spawn(fence);
      proving = prove();
      return proving.finally(() => {
        proving = undefined;
      });
    },
  };
}
