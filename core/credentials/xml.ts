// As much XML as logins speak: parameters to elements, and an answer to nested objects. No DTD, so no entity bombs.

/** A list repeats its element; keys are element names. */
export function renderXml(value: Record<string, unknown>): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${elements(value)}`;
}

const elements = (value: Record<string, unknown>): string =>
  Object.entries(value)
    .flatMap(([name, inner]) =>
      Array.isArray(inner) ? inner.map((one) => element(name, one)) : [element(name, inner)],
    )
    .join('');

const element = (name: string, inner: unknown): string =>
  typeof inner === 'object' && inner !== null
    ? `<${name}>${elements(inner as Record<string, unknown>)}</${name}>`
    : `<${name}>${escapeXml(String(inner ?? ''))}</${name}>`;

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescapeXml = (text: string): string =>
  text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|amp|lt|gt|quot|apos);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

const maxDepth = 64;

interface Open {
  name: string;
  children: Record<string, unknown>;
  text: string;
}

/**
 * Elements become keys without their namespace prefix, repeated ones lists, leaves text; attributes are not read.
 * @returns undefined for what is not well-formed, has a DTD or nests deeper than 64
 */
export function parseXml(source: string): Record<string, unknown> | undefined {
  const tokens =
    /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([^\s<>/!?]+)((?:"[^"]*"|'[^']*'|[^<>"'])*?)(\/?)>|([^<]+)/y;
  const root: Open = { name: '', children: {}, text: '' };
  const stack: Open[] = [root];
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < source.length) {
    tokens.lastIndex = at;
    const found = tokens.exec(source);
    const current = stack.at(-1)!;
    if (!found) return undefined; // a DTD, a stray bracket
    at = tokens.lastIndex;
    const [, cdata, closes, fullName, , isEmpty, text] = found;
    if (cdata !== undefined) current.text += cdata;
    else if (text !== undefined) current.text += unescapeXml(text);
    else if (fullName !== undefined) {
      const name = fullName.slice(fullName.indexOf(':') + 1);
      if (closes) {
        if (current.name !== name || stack.length === 1) return undefined;
        stack.pop();
        add(stack.at(-1)!.children, name, contentOf(current));
      } else if (isEmpty) add(current.children, name, '');
      else if (stack.push({ name, children: {}, text: '' }) > maxDepth) return undefined;
    }
  }
  return stack.length === 1 && Object.keys(root.children).length > 0 ? root.children : undefined;
}

const contentOf = ({ children, text }: Open): unknown => (Object.keys(children).length > 0 ? children : text.trim());

function add(into: Record<string, unknown>, name: string, value: unknown): void {
  const before = Object.hasOwn(into, name) ? into[name] : undefined;
  const next = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  Object.defineProperty(into, name, { value: next, enumerable: true, configurable: true, writable: true });
}
