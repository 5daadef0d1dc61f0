// Builds a path from untrusted parts: none of them can add, remove or climb a segment.

/**
 * `..` is refused, because `DELETE /integrations/github/functions/..` would be resolved to the integration's own path before it is
 * sent; so is nothing, because `GET /connections/` is another route.
 * @throws TypeError
 * @example path`/runs/${id}/cancel`
 */
export function path(texts: TemplateStringsArray, ...parts: string[]): string {
  return texts.reduce((built, text, index) => built + segment(parts[index - 1]) + text);
}

function segment(part: string | undefined): string {
  if (typeof part !== 'string' || /^\.{0,2}$/.test(part))
    throw new TypeError(`${JSON.stringify(part) ?? 'undefined'} cannot stand in a path: it must be a name or an id.`);
  return encodeURIComponent(part);
}
