// The facts of providers.json as entries of our catalogue. One mapping for all of them: nothing here knows a provider.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderFacts } from './corpus.ts';

type Values = Record<string, unknown>;

/** JSON is YAML, so the files need no writer of their own. */
export function writeProviderEntries(folder: string, providers: Record<string, ProviderFacts>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, facts] of Object.entries(providers)) {
    writeFileSync(join(folder, `${name}.yaml`), `${JSON.stringify(toEntry(name, facts), null, 2)}\n`);
  }
}

export function toEntry(name: string, facts: ProviderFacts): Values {
  const { authMode, baseUrl, headers, query, body, token } = facts;
  return {
    display_name: name,
    auth_mode: authMode,
    ...(token && { token_url: token.url }),
    ...(token?.replyPath !== undefined && { token_response: { token: token.replyPath } }),
    proxy: {
      base_url: baseUrl,
      ...(headers && { headers }),
      ...(query && { query }),
      ...(body && { body }),
      ...(facts.retry && { retry: toRetry(facts.retry) }),
      ...(facts.paginate && { paginate: renamed(facts.paginate, paginateKeys) }),
    },
  };
}

function toRetry({
  afterHeaders,
  atHeaders,
  remainingHeader,
  statuses,
  inBody,
}: NonNullable<ProviderFacts['retry']>): Values {
  return {
    ...(afterHeaders && { after: afterHeaders }),
    ...(atHeaders && { at: atHeaders }),
    ...(remainingHeader !== undefined && { remaining: remainingHeader }),
    ...(statuses && { error_code: statuses }),
    ...(inBody && { in_body: { path: inBody.path, value: inBody.pattern, strategy: inBody.meaning } }),
  };
}

const paginateKeys: Record<string, string> = {
  style: 'type',
  itemsPath: 'response_path',
  cursorPath: 'cursor_path_in_response',
  cursorName: 'cursor_name_in_request',
  limitName: 'limit_name_in_request',
  limit: 'limit',
  offsetName: 'offset_name_in_request',
  offsetStart: 'offset_start_value',
  linkRel: 'link_rel_in_response_header',
  linkPath: 'link_path_in_response_body',
};

/** A key without a name here goes through as it is, and the strict schema of the catalogue tells. */
function renamed(values: Values, names: Record<string, string>): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [names[key] ?? key, value]));
}
