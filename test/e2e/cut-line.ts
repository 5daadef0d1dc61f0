// A line to an instance that a test can cut: its sockets (WebSocket) alone, or everything.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CutLine {
  url: string;
  /** WebSockets that are open now. */
  sockets(): number;
  /** Ends what is open, and refuses what comes until it is mended. */
  cut(what: 'sockets' | 'all'): void;
  mend(): void;
  close(): void;
}

export async function startCutLine(to: string): Promise<CutLine> {
  const { hostname, port } = new URL(to);
  const open = new Map<Socket, 'socket' | 'request'>();
  let down: 'sockets' | 'all' | undefined;
  const isCut = (kind: 'socket' | 'request') => down === 'all' || (down === 'sockets' && kind === 'socket');

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const end = () => {
      open.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const side of [client, upstream]) side.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      const kind = /\r\nupgrade: websocket\r\n/i.test(bytes.toString('latin1')) ? 'socket' : 'request';
      if (open.get(client) !== 'socket') open.set(client, kind);
      if (isCut(kind)) end();
      else upstream.write(bytes);
    });
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets: () => [...open.values()].filter((kind) => kind === 'socket').length,
    cut(what) {
      down = what;
      for (const [client, kind] of open) if (isCut(kind)) client.destroy();
    },
    mend() {
      down = undefined;
    },
    close() {
      server.close();
      for (const client of open.keys()) client.destroy();
    },
  };
}
