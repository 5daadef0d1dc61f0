// Parameters in the one order and spelling that signatures are made over (RFC 5849 section 3.4.1.3.2).

/** RFC 3986 section 2.1: everything but unreserved characters, upper-case hex. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function canonicalPairs(pairs: Iterable<[string, string]>): string {
  return [...pairs]
    .map(([name, value]): [string, string] => [percentEncode(name), percentEncode(value)])
    .sort(([aName, aValue], [bName, bValue]) => compare(aName, bName) || compare(aValue, bValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

export function canonicalQuery(query: string): string {
  return canonicalPairs(new URLSearchParams(query));
}

/** By code unit; a locale's order would give another signature. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
