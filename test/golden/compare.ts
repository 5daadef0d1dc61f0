// The comparison rule of the captures: same keys, same types, same scalars; messages differ, volatile parts are typed only.
import { matches, type Path, parsePointer, renderPointer } from './pointer.ts';

export interface Difference {
  pointer: string;
  expected: string;
  got: string;
}

export interface Rule {
  /** Types only; elements of a list need the keys that all captured ones share. */
  shape?: boolean;
  volatile?: readonly string[];
  unordered?: readonly string[];
  /** Keys that may be there although the capture lacks them. */
  extra?: readonly string[];
}

interface Patterns {
  shape: boolean;
  volatile: Path[];
  unordered: Path[];
  extra: Path[];
}

export function compareBodies(expected: unknown, actual: unknown, rule: Rule = {}): Difference[] {
  const parsed = (pointers: readonly string[] = []) => pointers.map(parsePointer);
  const patterns = {
    shape: rule.shape ?? false,
    volatile: parsed(rule.volatile),
    unordered: parsed(rule.unordered),
    extra: parsed(rule.extra),
  };
  return differences(expected, actual, [], patterns);
}

function differences(expected: unknown, actual: unknown, path: Path, patterns: Patterns): Difference[] {
  const [wanted, found] = [typeOf(expected), typeOf(actual)];
  if (wanted !== found) return [{ pointer: renderPointer(path), expected: show(expected), got: show(actual) }];
  if (isAt(path, patterns.volatile)) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) return inLists(expected, actual, path, patterns);
  if (isObject(expected) && isObject(actual)) return inObjects(expected, actual, path, patterns);
  if (patterns.shape || expected === actual || path.at(-1) === 'message') return [];
  return [{ pointer: renderPointer(path), expected: show(expected), got: show(actual) }];
}

function inObjects(
  expected: Record<string, unknown>,
  actual: Record<string, unknown>,
  path: Path,
  patterns: Patterns,
): Difference[] {
  const missing = Object.keys(expected).flatMap((key) =>
    key in actual
      ? differences(expected[key], actual[key], [...path, key], patterns)
      : [{ pointer: renderPointer([...path, key]), expected: show(expected[key]), got: 'nothing' }],
  );
  if (patterns.shape) return missing;
  const extra = Object.keys(actual)
    .filter((key) => !(key in expected) && !isAt([...path, key], patterns.extra))
    .map((key) => ({ pointer: renderPointer([...path, key]), expected: 'nothing', got: show(actual[key]) }));
  return [...missing, ...extra];
}

function inLists(expected: unknown[], actual: unknown[], path: Path, patterns: Patterns): Difference[] {
  if (patterns.shape) return inShapes(expected, actual, path, patterns);
  if (expected.length !== actual.length) {
    return [
      {
        pointer: renderPointer(path),
        expected: `${expected.length} elements ${show(expected)}`,
        got: `${actual.length} elements ${show(actual)}`,
      },
    ];
  }
  if (isAt(path, patterns.unordered)) return inAnyOrder(expected, actual, path, patterns);
  return expected.flatMap((element, i) => differences(element, actual[i], [...path, String(i)], patterns));
}

/** Each captured element takes the first free one that equals it; the nearest of the rest says what is wrong. */
function inAnyOrder(expected: unknown[], actual: unknown[], path: Path, patterns: Patterns): Difference[] {
  const free = new Set(actual.keys());
  const unmatched = [...expected.keys()].filter((i) => {
    const twin = [...free].find(
      (j) => differences(expected[i], actual[j], [...path, String(j)], patterns).length === 0,
    );
    if (twin !== undefined) free.delete(twin);
    return twin === undefined;
  });
  return unmatched.flatMap((i) => {
    const candidates = [...free].map((j) => ({
      j,
      found: differences(expected[i], actual[j], [...path, String(j)], patterns),
    }));
    const nearest = candidates.reduce((best, next) => (next.found.length < best.found.length ? next : best));
    free.delete(nearest.j);
    return nearest.found;
  });
}

function inShapes(expected: unknown[], actual: unknown[], path: Path, patterns: Patterns): Difference[] {
  const [first] = expected;
  if (first === undefined) return [];
  if (actual.length === 0) return [{ pointer: renderPointer(path), expected: 'elements', got: 'none' }];
  return actual.flatMap((element, i) => {
    const tries = expected.map((captured) =>
      differences(shared(captured, expected), element, [...path, String(i)], patterns),
    );
    return tries.reduce((best, next) => (next.length < best.length ? next : best));
  });
}

/** Without the keys that some other captured element lacks, also further down. */
function shared(captured: unknown, all: unknown[]): unknown {
  const objects = all.filter(isObject);
  if (!isObject(captured) || objects.length !== all.length) return captured;
  return Object.fromEntries(
    Object.entries(captured)
      .filter(([key]) => objects.every((object) => key in object))
      .map(([key, value]) => [
        key,
        shared(
          value,
          objects.map((object) => object[key]),
        ),
      ]),
  );
}

const isAt = (path: Path, patterns: Path[]): boolean => patterns.some((pattern) => matches(path, pattern));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
