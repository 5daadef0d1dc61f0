// The text of a query.

export type QueryValue = string | number | boolean | readonly (string | number)[] | null | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** `undefined` and null are left out; a list is the name repeated. */
export function queryText(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? value : [value];
    for (const one of values) if (one !== undefined && one !== null) search.append(name, String(one));
  }
  return search.toString();
}

/** The API takes some lists as one text. Nothing for an empty list. */
export const csv = (values: readonly (string | number)[] | string | undefined): string | undefined =>
  typeof values === 'string' ? values : values === undefined || values.length === 0 ? undefined : values.join(',');
