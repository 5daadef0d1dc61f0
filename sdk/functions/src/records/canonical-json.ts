// One text for one content: JSON with sorted keys (RFC 8785 order), so that key order alone is never a change.
// No imports: the guest process runs it, and each record is serialised exactly once.

/** Deeper values are refused, not walked: 64 levels, as everywhere at the edge. */
export const maxDepth = 64;

/**
 * What `JSON.stringify` would write, with the keys of every object sorted by UTF-16 code unit. `undefined` and functions
 * drop out, `toJSON` is called, NaN and infinities become null, lone surrogates are escaped.
 * @throws TypeError for BigInt, RangeError('too_deep') below 64 levels
 */
export function canonicalJson(value: unknown): string | undefined {
  return write(value, '', 0);
}

function write(raw: unknown, key: string, depth: number): string | undefined {
  let value = raw;
  if (typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    value = (value as { toJSON(key: string): unknown }).toJSON(key);
  }
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(Object.is(value, -0) ? 0 : value) : 'null';
    case 'object':
      break;
    case 'bigint':
      throw new TypeError('Do not know how to serialize a BigInt');
    default:
      return undefined;
  }
  if (value === null) return 'null';
  if (depth >= maxDepth) throw new RangeError('too_deep');
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return JSON.stringify(value);
  if (Array.isArray(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i++)
      text += (i > 0 ? ',' : '') + (write(value[i], String(i), depth + 1) ?? 'null');
    return `${text}]`;
  }
  const object = value as Record<string, unknown>;
  const { names, labels } = shapeOf(Object.keys(object));
  let text = '{';
  for (let i = 0; i < names.length; i++) {
    const part = write(object[names[i]!], names[i]!, depth + 1);
    if (part !== undefined) text += (text.length > 1 ? ',' : '') + labels[i] + part;
  }
  return `${text}}`;
}

/** Of objects with the same keys in the same order, as the records of a page have them. */
interface Shape {
  keys: string[];
  /** Sorted. */
  names: string[];
  /** As they stand before the values. */
  labels: string[];
}

/** The last shape of each number of keys: sorting and escaping anew was half of the cost of a page. */
const shapes: Shape[] = [];
const maxKeys = 256;

function shapeOf(keys: string[]): Shape {
  const last = shapes[keys.length];
  if (last && keys.every((key, i) => key === last.keys[i])) return last;
  const names = keys.toSorted();
  const shape = { keys, names, labels: names.map((name) => `${JSON.stringify(name)}:`) };
  if (keys.length <= maxKeys) shapes[keys.length] = shape;
  return shape;
}
