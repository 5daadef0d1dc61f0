// A pause that ends early when the client has given up, so that slow faults leave no timers behind.
import type { ServerResponse } from 'node:http';

/** False when the client left meanwhile. */
export function waitUnlessGone(response: ServerResponse, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      response.off('close', gone);
      resolve(true);
    }, ms);
    response.once('close', gone);
  });
}
