// The least a proxy in Node can do: no key, no database, no log; every answer streamed on. What a proxy of ours is measured against.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const upstream = new Pool(process.argv[2]!, { connections: 64, pipelining: 1 });

const server = createServer((request, response) => {
  upstream
    .stream({ path: request.url ?? '/', method: 'GET', opaque: response }, ({ statusCode, headers }) => {
      response.writeHead(statusCode, headers as Record<string, string>);
      return response;
    })
    .catch((error: Error) => response.writeHead(502).end(error.message));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.send!(`http://127.0.0.1:${port}`);
});
for (const event of ['SIGTERM', 'disconnect'] as const) process.once(event, () => process.exit(0));
