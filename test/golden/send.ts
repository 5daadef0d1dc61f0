// A captured request as its caller wrote it: header names, path and bytes untouched, which `fetch` would tidy up.
import { request as open } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { GoldenRequest } from './series.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  /** Parsed where the media type is JSON; '' when there is none. */
  body: unknown;
}

const timeoutMs = 60_000;

export function send(host: string, { method, path, headers, body, rawBody }: GoldenRequest): Promise<Answer> {
  const { hostname, port } = new URL(host);
  const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = open({ hostname, port, method, path, headers, signal: AbortSignal.timeout(timeoutMs) });
    if (text !== undefined) request.setHeader('content-length', Buffer.byteLength(text));
    request.on('error', reject);
    request.on('response', async (response) => {
      try {
        const answer = (await buffer(response)).toString('utf8');
        const type = response.headers['content-type'];
        const isJson = /^application\/(.+\+)?json\b/i.test(type ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: { 'content-type': type },
          body: isJson && answer !== '' ? JSON.parse(answer) : answer,
        });
      } catch (error) {
        reject(error);
      }
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: {}, body: '' });
    });
    request.end(text);
  });
}
