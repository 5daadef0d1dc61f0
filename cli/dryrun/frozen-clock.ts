// The clock of a script that is recorded or replayed stands still: a request with today's date in it is asked again as it was.

/** Shadows `Date` for the bundle alone; on its first line, so that no line number moves. */
export function withClock(js: string, at: string | undefined): string {
  if (at === undefined) return js;
  const [directive = ''] = /^["']use strict["'];/.exec(js) ?? []; // only there as the first statement
  return `${directive}const Date = (${frozen})(globalThis.Date, ${new Date(at).getTime()}); ${js}`;
}

/** As text: it runs in the guest. A proxy, so that `instanceof Date` and `Date.prototype` stay the realm's own. */
const frozen = `(Real, at) => new Proxy(Real, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [at] : given, made),
  apply: () => new Real(at).toString(),
  get: (target, name) => (name === 'now' ? () => at : Reflect.get(target, name)),
})`.replaceAll('\n', ' ');
