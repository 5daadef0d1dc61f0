// The bars of renewals with fewer processes: `npm run bar -- refresh.flight` has the 32 x 100 of the promise.
import { expect, it } from 'vitest';
import { judgeCrash } from './refresh-crash.ts';
import { judgeFlight } from './refresh-flight.ts';

it('each connection costs one token request, however many processes want it; a lease that ends by time is found out', async () => {
  const { holds, figure } = await judgeFlight(7, { processes: 6, connections: 25, freezes: 2 });
  expect(holds, figure).toBe(true);
  expect(figure).toMatch(/token_requests=25 overlapped=0 lost=0 older_over_newer=0/);
}, 300_000);

it('no token is lost whose answer reached us, wherever the process dies; an engine without a journal loses it', async () => {
  const { holds, figure } = await judgeCrash(7, { kills: 1, inFlight: 3 });
  expect(holds, figure).toBe(true);
}, 300_000);
