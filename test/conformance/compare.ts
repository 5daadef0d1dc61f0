// The comparison rule: JSON values, numbers by value, key order irrelevant, undefined is absent, null is not.

/** Where two JSON values differ first, as a path and the kind of difference; undefined when they are equal. */
export function difference(expected: unknown, actual: unknown, at = '$'): string | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return `${at}: ${expected.length} items expected, ${actual.length} found`;
    return firstOf(expected.keys(), (index) => difference(expected[index], actual[index], `${at}[${index}]`));
  }
  if (isRecord(expected) && isRecord(actual)) {
    return firstOf(new Set([...Object.keys(expected), ...Object.keys(actual)]), (key) => {
      const [wanted, found] = [expected[key], actual[key]];
      if (wanted === undefined && found === undefined) return undefined;
      if (wanted === undefined) return `${at}.${key}: unexpected ${kindOf(found)}`;
      if (found === undefined) return `${at}.${key}: missing ${kindOf(wanted)}`;
      return difference(wanted, found, `${at}.${key}`);
    });
  }
  if (expected === actual) return undefined;
  const [wanted, found] = [kindOf(expected), kindOf(actual)];
  return wanted === found ? `${at}: another ${wanted}` : `${at}: ${wanted} expected, ${found} found`;
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Recorded values are other people's data: a report names their kind only. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Saved = Record<string, unknown>;

export interface ExpectedModel {
  /** By id. */
  records: Map<string, Saved>;
  added: number;
  deleted: number;
}

/** Last save of an id wins, in or across calls; deleted ids are gone at the end. */
export function expectedModel(saved: Saved[] = [], deleted: Saved[] = []): ExpectedModel {
  const records = new Map(saved.map((record) => [String(record['id']), record]));
  const added = records.size;
  for (const { id } of deleted) records.delete(String(id));
  return { records, added, deleted: added - records.size };
}

/** Differences between two maps by id; three are enough to see what is wrong. */
export function recordDifferences(model: string, expected: Map<string, Saved>, actual: Map<string, Saved>): string[] {
  const missing = [...expected.keys()].filter((id) => !actual.has(id));
  const extra = [...actual.keys()].filter((id) => !expected.has(id));
  const changed = [...expected].flatMap(([id, record]) => {
    const found = actual.get(id);
    const differs = found && difference(record, found);
    return differs ? [`record differs: ${model} ${differs}`] : [];
  });
  return [
    ...(missing.length > 0 ? [`records missing: ${model} lacks ${missing.length} of ${expected.size}`] : []),
    ...(extra.length > 0 ? [`records too many: ${model} has ${extra.length} more than ${expected.size}`] : []),
    ...changed.slice(0, 3),
  ];
}
