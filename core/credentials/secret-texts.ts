// The texts of credentials and settings that must not come back in what people read.

const notSecret = new Set(['type', 'expires_at', 'raw', 'scopes', 'region', 'service', 'app_link']);
/** Shorter ones would blacken innocent words. */
const minLength = 6;

/** Every text in there, however deep, except where the name says that it is public. */
export function secretTexts(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= minLength ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (notSecret.has(name) ? [] : secretTexts(inner)));
}
