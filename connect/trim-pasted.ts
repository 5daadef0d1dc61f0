// People copy the whole address from their browser where a form asks for a part of it. What fits the field is cut out of it.
import { isFitting } from './check-field.ts';
import { parseUrl } from './parse-url.ts';
import type { Field } from './server.ts';

/**
 * @returns the text itself when nothing in it fits better
 * @example trimPasted({ ...field, suffix: '.zendesk.com' }, 'https://acme.zendesk.com/agent?x=1') // 'acme'
 */
export function trimPasted(field: Field, pasted: string): string {
  const text = pasted.trim();
  if (field.secret || field.multiline || field.enum) return text;
  const found = [...candidates(field, text)].find((candidate) => candidate !== '' && isFitting(field, candidate));
  return found ?? text;
}

function* candidates(field: Field, text: string): Generator<string> {
  const { prefix = '', suffix = '' } = field;
  const hasScheme = /^https?:\/\//i.test(text);
  // Shown around the input, so no part of the value, whatever the pattern lets through.
  const isWhole = hasScheme || (suffix !== '' && text.toLowerCase().includes(suffix.toLowerCase()));
  if (!isWhole && !(prefix !== '' && text.startsWith(prefix))) return yield text;
  const inner = cut(text, prefix, suffix);
  if (inner !== undefined) yield inner;
  const url = parseUrl(hasScheme ? text : `https://${text}`);
  if (!url) return yield text;
  const { host, hostname, origin, pathname } = url;
  if (suffix !== '' && hostname.endsWith(suffix.toLowerCase())) yield hostname.slice(0, -suffix.length);
  if (prefix !== '') yield* [`${host}${pathname}`.replace(/\/+$/, ''), ...partialPaths(host, pathname), host];
  if (field.format === 'hostname') yield* [host, hostname];
  if (field.format === 'uri') yield text;
  yield* [text, origin, host, hostname];
  if (suffix !== '') yield hostname.split('.')[0] ?? '';
}

/** Between prefix and suffix; from the suffix on, and from the first end of a path, everything goes. */
function cut(text: string, prefix: string, suffix: string): string | undefined {
  const scheme = /^https?:\/\//i.exec(text)?.[0] ?? '';
  const start = text.toLowerCase().startsWith(prefix.toLowerCase()) && prefix !== '' ? prefix : scheme;
  const rest = text.slice(start.length);
  const end = suffix === '' ? -1 : rest.toLowerCase().indexOf(suffix.toLowerCase());
  if (suffix !== '') return end < 0 ? undefined : rest.slice(0, end);
  return rest.replace(/[?#].*$/, '').replace(/\/+$/, '');
}

/** `a/b/c`, `a/b`, `a`: the longest that fits is meant. */
function* partialPaths(host: string, pathname: string): Generator<string> {
  const parts = pathname.split('/').filter((part) => part !== '');
  for (let count = parts.length; count > 0; count--) yield [host, ...parts.slice(0, count)].join('/');
}
