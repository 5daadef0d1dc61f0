// Where a variable stands in a URL template. The place decides which text may be put there (host takeover by config).
import { outermostPlaceholders, type Placeholder } from './placeholders.ts';

/** `host-path` is a whole authority that may bring a path along (`dev.azure.com/contoso`). */
export const positions = ['host-label', 'host', 'host-path', 'port', 'path-segment', 'origin'] as const;

export type Position = (typeof positions)[number];

export interface UrlAlternative {
  template: string;
  /** In order of appearance; `name` as written between the braces. */
  variables: { name: string; position: Position }[];
  /** The finished host must end with this literal (`.zendesk.com`); empty when the template ends with a variable. */
  hostSuffix: string;
}

/**
 * Reads a URL template with its `||` alternatives.
 * @example urlAlternatives('https://${connectionConfig.shop}.example.com')[0].variables // [{name: 'connectionConfig.shop', position: 'host-label'}]
 */
export function urlAlternatives(template: string, declared: Readonly<Record<string, Position>> = {}): UrlAlternative[] {
  return template.split('||').map((alternative) => readAlternative(alternative.trim(), declared));
}

function readAlternative(template: string, declared: Readonly<Record<string, Position>>): UrlAlternative {
  const found = outermostPlaceholders(template);
  const masked = found.reduce(mask, template);
  const { start, end } = authorityOf(masked);
  const variables = found.map((placeholder) => ({
    name: placeholder.name,
    position: declaredAs(placeholder.name, declared) ?? infer(masked, placeholder, { start, end }),
  }));
  const host = masked.slice(start, end).replace(/:.*/s, '');
  return { template, variables, hostSuffix: host.slice(host.lastIndexOf(hole) + 1) };
}

/** Stands for a placeholder, so that its own text (`now:YYYY/MM`) is not read as URL. */
const hole = '\0';

function mask(text: string, { start, end }: Placeholder): string {
  return text.slice(0, start) + hole.repeat(end - start) + text.slice(end);
}

interface Range {
  start: number;
  end: number;
}

function authorityOf(masked: string): Range {
  const scheme = masked.indexOf('://');
  const start = masked.startsWith(hole) || scheme < 0 ? 0 : scheme + 3;
  const length = masked.slice(start).search(/[/?#]/);
  return { start, end: length < 0 ? masked.length : start + length };
}

function infer(masked: string, placeholder: Placeholder, authority: Range): Position {
  if (placeholder.start === 0) return 'origin';
  if (placeholder.start >= authority.end) return 'path-segment';
  if (masked[placeholder.start - 1] === ':') return 'port';
  const opensHost = placeholder.start === authority.start;
  const endsHost = placeholder.end === authority.end || masked[placeholder.end] === ':';
  if (!opensHost || !endsHost) return 'host-label';
  return placeholder.end === masked.length ? 'host-path' : 'host';
}

/** `variables: { region: … }` and `variables: { 'metadata.region': … }` are both understood. */
function declaredAs(name: string, declared: Readonly<Record<string, Position>>): Position | undefined {
  if (Object.hasOwn(declared, name)) return declared[name];
  const short = name.slice(name.indexOf('.') + 1);
  return Object.hasOwn(declared, short) ? declared[short] : undefined;
}
