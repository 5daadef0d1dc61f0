// The `Link` response header: which URL has a relation.

/** RFC 8288 section 3; a URL may contain commas and semicolons, so the angle brackets lead. */
export function linkHeader(header: unknown, rel: string): string | undefined {
  const text = Array.isArray(header) ? header.join(', ') : header;
  if (typeof text !== 'string') return undefined;
  for (const [, url = '', parameters = ''] of text.matchAll(
    /<([^>]*)>((?:\s*;\s*[\w!#$&+\-^.|~*]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]+))?)*)/g,
  )) {
    const [, quoted, bare] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i.exec(parameters) ?? [];
    const relations = (quoted ?? bare ?? '').toLowerCase().split(/\s+/);
    if (relations.includes(rel.toLowerCase()) && url.trim() !== '') return url.trim();
  }
  return undefined;
}
