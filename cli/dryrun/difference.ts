// Where two JSON values differ: numbers by value, key order irrelevant, an undefined field is absent, null is not.

const maxShown = 80;

/** The first difference as a sentence; undefined when there is none. */
export function difference(expected: unknown, actual: unknown, at = ''): string | undefined {
  if (expected === actual) return undefined;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length)
      return `${place(at)}has ${actual.length} elements instead of ${expected.length}`;
    return first(expected.keys(), (index) => difference(expected[index], actual[index], `${at}[${index}]`));
  }
  if (isObject(expected) && isObject(actual))
    return first(new Set([...Object.keys(expected), ...Object.keys(actual)]), (key) =>
      difference(expected[key], actual[key], at === '' ? key : `${at}.${key}`),
    );
  if (actual === undefined) return `${place(at)}is missing (recorded: ${shown(expected)})`;
  if (expected === undefined) return `${place(at)}was not recorded (now: ${shown(actual)})`;
  return `${place(at)}is ${shown(actual)} instead of ${shown(expected)}`;
}

function first<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const place = (at: string) => (at === '' ? '' : `${at} `);

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}
