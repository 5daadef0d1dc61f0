// A function's page for people: what it does, when, what it takes and gives. Generated text stands between two marks; the rest of a page
// is its author's and stays.
import type { JsonSchema } from '../compile/json-schema.ts';
import type { DescribedFunction } from './deployed-functions.ts';
import { printType } from './print-type.ts';

const begin = '<!-- generated: do not edit up to the next mark -->';
const end = '<!-- /generated -->';

export interface Page extends DescribedFunction {
  runs?: string | null;
  version?: string;
  scopes: string[];
  endpoints: { method: string; path: string }[];
  /** Relative to the project. */
  file: string;
}

/** @param existing the page as it is, if there is one */
export function renderPage(page: Page, existing = ''): string {
  const generated = `${begin}\n\n${describe(page)}\n${end}\n`;
  const from = existing.indexOf(begin);
  const to = existing.indexOf(end);
  if (from === -1 || to < from) return existing === '' ? generated : `${generated}\n${existing}`;
  return existing.slice(0, from) + generated + existing.slice(to + end.length).replace(/^\n/, '');
}

function describe(page: Page): string {
  const { type, integration, name, description, runs, version, scopes, endpoints, returns, input, definitions, file } =
    page;
  const facts: [string, string][] = [
    ['Kind', type],
    ['Integration', `\`${integration}\``],
    ...(runs ? [['Runs', runs] as [string, string]] : []),
    ...(version === undefined ? [] : [['Version', version] as [string, string]]),
    ...(scopes.length === 0 ? [] : [['Scopes', scopes.map((scope) => `\`${scope}\``).join(', ')] as [string, string]]),
    ...endpoints.map(({ method, path }): [string, string] => ['Endpoint', `\`${method} ${path}\``]),
    ['Source', `\`${file}\``],
  ];
  const type_ = (key: string) => `\`\`\`ts\n${printType(definitions[key], { nameOf: (other) => other })}\n\`\`\`\n`;
  const sections =
    type === 'sync'
      ? [
          ...returns.map((model) => `## Records: ${model}\n\n${type_(model)}`),
          ...(input === undefined ? [] : [`## Metadata of the connection\n\n${type_(input)}`]),
        ]
      : [
          ...(hasValue(definitions, input) ? [`## Input\n\n${type_(input)}`] : []),
          ...(hasValue(definitions, returns[0]) ? [`## Output\n\n${type_(returns[0])}`] : []),
        ];
  const others = Object.keys(definitions).filter((key) => key !== input && !returns.includes(key));
  const referred = others.map((key) => `### ${key}\n\n${type_(key)}`);
  const table = [
    '| | |',
    '| --- | --- |',
    ...facts.map(([what, value]) => `| ${what} | ${value.replaceAll('|', '\\|')} |`),
  ];
  return [
    `# ${name}\n`,
    ...(description === '' ? [] : [`${description}\n`]),
    `${table.join('\n')}\n`,
    ...sections,
    ...referred,
  ].join('\n');
}

function hasValue(definitions: Record<string, unknown>, key: string | undefined): key is string {
  const schema = key === undefined ? undefined : (definitions[key] as JsonSchema | undefined);
  return schema !== undefined && schema['type'] !== 'null';
}
