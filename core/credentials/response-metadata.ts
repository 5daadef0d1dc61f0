// What of a token answer belongs into `connection_config`: the entry's dotted paths, under the same names.
import { readOwnPath } from '@syncline/functions/paginate';

export function metadataOf(
  paths: readonly string[] | undefined,
  data: Record<string, unknown>,
): Record<string, unknown> {
  const found = (paths ?? []).map((path) => [path, readOwnPath(data, path)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null));
}
