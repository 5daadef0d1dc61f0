// Reads a value of an answer by its dotted path, own properties only: an answer is somebody else's data.

/**
 * Tries the path as one key, then by its segments; `rows[0].id` and `rows.0.id` are the same.
 * @example readOwnPath({ '@odata.nextLink': 'u', a: { b: 1 } }, '@odata.nextLink') // 'u'
 */
export function readOwnPath(data: unknown, path: string): unknown {
  if (typeof data !== 'object' || data === null) return undefined;
  if (Object.hasOwn(data, path)) return (data as Record<string, unknown>)[path];
  const dotted = path.includes('[') ? path.replace(/\[(\d+)\]/g, '.$1') : path;
  for (let dot = dotted.indexOf('.'); dot >= 0; dot = dotted.indexOf('.', dot + 1)) {
    const head = dotted.slice(0, dot);
    if (!Object.hasOwn(data, head)) continue;
    const value = readOwnPath((data as Record<string, unknown>)[head], dotted.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}
