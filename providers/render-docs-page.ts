// docs/catalogue.md, made from the entries.
import type { Provider } from './schema.ts';

const authNames: Partial<Record<Provider['auth_mode'], string>> = {
  OAUTH2: 'OAuth 2',
  OAUTH2_CC: 'OAuth 2, client credentials',
  OAUTH1: 'OAuth 1',
  API_KEY: 'API key',
  BASIC: 'Basic',
  TWO_STEP: 'Login',
  JWT: 'Signed token',
  APP: 'App installation',
  TBA: 'Token-based (OAuth 1)',
  BILL: 'Session',
  NONE: 'None',
};

export function renderDocsPage(providers: readonly Provider[]): string {
  const rows = providers.map((provider) => {
    const { name, display_name, auth_mode, categories = [], docs, proxy } = provider;
    const cells = [
      `\`${name}\``,
      docs === undefined ? display_name : `[${display_name}](${docs})`,
      authNames[auth_mode] ?? auth_mode,
      categories.join(', '),
      proxy?.paginate?.type ?? '',
      proxy?.verification === undefined ? '' : 'yes',
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `# The catalogue

<!-- Made by \`node providers/write-docs-page.ts\`. Do not edit. -->

${providers.length} APIs. **Pages**: how lists go on when a call says nothing else. **Tested**: a credential is tried before a connection is stored.
What each entry says stands in its file in [providers/](../providers/), with the provider's own pages; \`npx syncline providers show <name>\` prints it.
How to add one: [providers.md](providers.md).

| name | API | auth | categories | pages | tested |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
