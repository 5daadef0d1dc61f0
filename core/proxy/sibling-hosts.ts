// Which hosts are an entry's own API under other values of its variables: other tenants, other regions of the provider.
import { outermostPlaceholders } from '../../providers/placeholders.ts';
import { type Position, urlAlternatives } from '../../providers/positions.ts';
import type { ProxyRules } from './entry.ts';

/** Stand for a variable until the literal text around it is escaped. */
const marks: Partial<Record<Position, string>> = {
  'host-label': '\u0001',
  host: '\u0002',
  'host-path': '\u0002',
  port: '\u0003',
};
const grammars: Record<string, string> = { '\u0001': '[a-z0-9-]+', '\u0002': '[a-z0-9.-]+', '\u0003': '\\d+' };

/**
 * Sources of regular expressions for `host[:port]`, one for each base URL whose host has a variable.
 * @example siblingHosts({ base_url: 'https://${connectionConfig.shop}.example.com' }) // ['^[a-z0-9-]+\\.example\\.com$']
 */
export function siblingHosts(proxy: Pick<ProxyRules, 'base_url' | 'variables'> | undefined): string[] {
  if (proxy?.base_url === undefined) return [];
  return urlAlternatives(proxy.base_url, proxy.variables).flatMap(({ template, variables }) => {
    let masked = '';
    let from = 0;
    for (const [at, { start, end }] of outermostPlaceholders(template).entries()) {
      masked += template.slice(from, start) + (marks[variables[at]!.position] ?? '');
      from = end;
    }
    masked += template.slice(from);
    const [, authority = ''] = /^https?:\/\/([^/?#]+)/i.exec(masked) ?? [];
    const escaped = authority.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const source = [...escaped].map((character) => grammars[character] ?? character).join('');
    // A host that is all variable would fit any host there is: nothing in it says whose API it is.
    const hasLiteral = /[a-z0-9]\.|\.[a-z0-9]/.test(escaped.replaceAll('\\', ''));
    return source === escaped || !hasLiteral ? [] : [`^${source}$`];
  });
}
