// Reads the control API's bodies: a wrong field is an error that names it, because a silent one spoils a test.

export type Input = Record<string, unknown>;

/** @throws TypeError when there is a field that is not in the list. */
export function only<const T extends string>(input: Input, ...known: T[]): Partial<Record<T, unknown>> {
  const unknown = Object.keys(input).filter((name) => !known.some((field) => field === name));
  if (unknown.length > 0)
    throw new TypeError(`Unknown field "${unknown.join('", "')}". There are: ${known.join(', ')}.`);
  return input as Partial<Record<T, unknown>>;
}

export function readNumber(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`${name} is a number, not negative.`);
}

export function readObject(value: unknown, name: string): Input | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input;
  throw new TypeError(`${name} is an object.`);
}

export function readTexts(value: unknown, name: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new TypeError(`${name} is a list of strings.`);
}

export function readChoice<const T extends string>(value: unknown, name: string, choices: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new TypeError(`${name} is one of ${choices.join(', ')}.`);
}

/** Leaves out what is undefined, which optional properties want. */
export function given<T extends Input>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
