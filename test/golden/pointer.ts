// JSON pointers (RFC 6901) as the captures use them: `*` stands for any index, `-1` for the last element.

export type Path = readonly string[];

export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export const renderPointer = (path: Path): string =>
  path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** undefined: there is nothing. */
export function readPointer(value: unknown, pointer: string): unknown {
  return parsePointer(pointer).reduce<unknown>((at, token) => {
    if (Array.isArray(at)) return at.at(Number(token));
    return typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[token] : undefined;
  }, value);
}

export const matches = (path: Path, pattern: Path): boolean =>
  path.length === pattern.length && pattern.every((token, i) => token === '*' || token === path[i]);
