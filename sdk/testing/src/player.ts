// Plays the recorded answers to a function's requests, and keeps account of what was asked in vain and what nobody asked for.
import type { ProxyConfiguration } from '@syncline/functions';
import { matchRequest } from './match-request.ts';
import type { Answer, Entry, Method, Recording } from './recording.ts';
import { identify } from './request-identity.ts';
import type { Undeclared } from './undeclared.ts';

export interface PlayedResponse {
  data: Undeclared;
  status: number;
  headers: Record<string, Undeclared>;
}

export interface Player {
  /**
   * A recorded 4xx or 5xx is returned, not thrown, unless `strict`.
   * @throws Error when no recorded request fits
   */
  play(config: ProxyConfiguration, method?: string): Promise<PlayedResponse>;
  /** Requests that the recording does not have, as `GET /path`. */
  missing: string[];
  /** Recorded requests that nobody made. */
  unserved(): string[];
}

const methods: readonly Method[] = ['get', 'post', 'put', 'patch', 'delete'];

export function createPlayer(recording: Recording, { strict }: { strict: boolean }): Player {
  const servedTimes = new Map<Entry, number>();
  const missing: string[] = [];
  return {
    missing,
    async play(config, verb = config.method ?? 'get') {
      const method = verb.toLowerCase();
      const identity = identify(config, method);
      const entry = matchRequest(recording, identity);
      const shown = `${method.toUpperCase()} ${identity.path}`;
      if (entry === undefined) {
        missing.push(shown);
        throw new Error(`No recorded answer for ${shown} ${describe(identity)} in ${recording.where}.`);
      }
      const times = servedTimes.get(entry) ?? 0;
      servedTimes.set(entry, times + 1);
      const response = toResponse([entry, ...(entry.sequence ?? [])].at(times) ?? entry.sequence?.at(-1) ?? entry);
      if (strict && (response.status < 200 || response.status > 299)) throw statusError(response, config, method);
      return response;
    },
    unserved: () =>
      methods.flatMap((method) =>
        recording
          .paths(method)
          .flatMap((path) => recording.entries(method, path).map((entry) => ({ entry, path })))
          .filter(({ entry }) => !servedTimes.has(entry))
          .map(({ path }) => `${method.toUpperCase()} ${path}`),
      ),
  };
}

function describe({ params, headers, data }: ReturnType<typeof identify>): string {
  const parts = { params: Object.fromEntries(params), headers: Object.fromEntries(headers), data };
  return JSON.stringify(
    Object.fromEntries(Object.entries(parts).filter(([, part]) => part && Object.keys(part).length > 0)),
  );
}

/** A copy: what a function changes in it must not be there the next time. */
function toResponse({ response, status = 200, headers = {} }: Answer): PlayedResponse {
  return { data: bytesOf(response) ?? structuredClone(response), status, headers: structuredClone(headers) };
}

/** Bytes were written as `JSON.stringify` writes a Buffer. */
function bytesOf(response: Undeclared): Buffer | undefined {
  const { type, data } = (response ?? {}) as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data) : undefined;
}

/** As the runtime throws it, in the form of axios. */
function statusError(response: PlayedResponse, config: ProxyConfiguration, method: string): Error {
  const { status } = response;
  const error = Object.assign(new Error(`Request failed with status code ${status}`), {
    isAxiosError: true,
    code: status >= 500 ? 'ERR_BAD_RESPONSE' : 'ERR_BAD_REQUEST',
    status,
    response,
    config: { method, url: config.endpoint, params: config.params, data: config.data },
  });
  error.name = 'AxiosError';
  return error;
}
