// The app's own server: an origin that is not the API's, with one page and the program that esbuild makes of its source.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

export interface AppServer {
  url: string;
  close(): void;
}

/** @param source a module, in any dialect that esbuild reads */
export async function startAppServer({ source, html }: { source: string; html: string }): Promise<AppServer> {
  const program = await bundle(source);
  const server = createServer((request, response) => {
    const isProgram = request.url === '/page.js';
    response.setHeader('content-type', isProgram ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isProgram ? program : html);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // Another site than 127.0.0.1, as an app is another than its integrations'.
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** For browsers of the last years; minified as an app would be. */
export async function bundle(source: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}
