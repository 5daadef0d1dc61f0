// Which recorded entry answers a request.
import type { Entry, Recording } from './recording.ts';
import { dataText, type RequestIdentity } from './request-identity.ts';

/** Undefined when the recording has no such request. */
export function matchRequest(recording: Recording, identity: RequestIdentity): Entry | undefined {
  for (const path of candidatePaths(recording, identity)) {
    const entries = recording.entries(identity.method, path).filter((entry) => fitsHost(entry, identity));
    const found =
      entries.find(({ hash }) => hash !== undefined && hash === identity.hash) ??
      entries.find((entry) => fitsRequest(entry, identity)) ??
      unspecific(entries, identity);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The path itself; then, for an absolute URL or the link to a next page, the recorded paths that it ends with, longest first:
 * recordings do not have the base path of the provider.
 */
function candidatePaths(recording: Recording, { method, path }: RequestIdentity): string[] {
  const suffixes = recording
    .paths(method)
    .filter((recorded) => recorded !== path && recorded.length > 1 && path.endsWith(recorded))
    .sort((a, b) => b.length - a.length);
  return [path, ...suffixes];
}

function fitsHost({ host }: Entry, identity: RequestIdentity): boolean {
  return host === undefined || identity.host === undefined || host === identity.host;
}

function fitsRequest({ request }: Entry, { params, headers, data }: RequestIdentity): boolean {
  if (request === undefined) return false;
  const hasData = 'data' in request && request.data !== undefined;
  return (
    same(texts(request.params), Object.fromEntries(params)) &&
    same(lowerCase(texts(request.headers)), lowerCase(Object.fromEntries(headers))) &&
    (!hasData || sameData(request.data, data))
  );
}

/** An entry that says nothing about its request: of the older form, or recorded for a call without parameters. */
function unspecific(entries: readonly Entry[], { params }: RequestIdentity): Entry | undefined {
  const bare = entries.filter(({ request, hash }) => request === undefined && hash === undefined);
  if (bare.length > 0) return bare[0];
  return entries.length === 1 && entries[0]!.request === undefined && params.length === 0 ? entries[0] : undefined;
}

function sameData(recorded: unknown, data: string | undefined): boolean {
  return dataText(recorded) === data || (data !== undefined && sameJson(recorded, data));
}

/** The same values with their keys in another order. */
function sameJson(recorded: unknown, data: string): boolean {
  try {
    const text = typeof recorded === 'string' ? recorded : JSON.stringify(recorded);
    return same(JSON.parse(text), JSON.parse(data));
  } catch {
    return false;
  }
}

const texts = (values: Record<string, unknown> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sorted(object[key])]),
  );
}
