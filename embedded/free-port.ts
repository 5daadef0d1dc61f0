// Ports nobody listens on. Below the range that the kernel hands to outgoing connections, so that ours are still free when
// a killed process comes back to them.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const from = 20_000;
const below = 32_000;

export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** `wanted` when it is free, else another; never one of `taken`. */
export async function freePort({
  wanted,
  taken = [],
}: {
  wanted?: number | undefined;
  taken?: readonly number[];
} = {}): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = attempt === 0 && wanted !== undefined ? wanted : randomInt(from, below);
    if (!taken.includes(port) && (await isPortFree(port))) return port;
  }
  throw new Error('No free port was found on 127.0.0.1.');
}
