// syncline generate:docs: a page for each function of the project.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileProject } from '../compile/compile-project.ts';
import { compiledFunctions } from '../generate/deployed-functions.ts';
import type { Page } from '../generate/render-page.ts';
import { renderPage } from '../generate/render-page.ts';
import type { CommandSpec } from './define-command.ts';

export const generateDocsCommand: CommandSpec = {
  name: 'generate:docs',
  summary: 'write a page for each function: what it does, takes and gives',
  options: [
    ['-p, --path [folder]', 'where to (default: beside the functions)'],
    ['--integration-templates', 'also a README.md for each integration that lists its functions'],
  ],
  async run({ dir, terminal }, { options }) {
    const compiled = await compileProject({ dir, typecheck: false });
    const folder = path.resolve(dir, typeof options['path'] === 'string' ? options['path'] : '.');
    const files = new Map<string, string>();
    const pages = compiledFunctions(compiled).map((described): Page => {
      const { integration, name, type } = described;
      const config = compiled.flowConfigs.find(
        (one) => one.providerConfigKey === integration && one.syncName === name && one.type === type,
      );
      const entry = compiled.functions.find(
        (one) => one.entry.providerConfigKey === integration && one.entry.name === name,
      );
      return {
        ...described,
        runs: config?.runs ?? null,
        ...(config?.version !== undefined && { version: config.version }),
        scopes: config?.metadata.scopes ?? [],
        endpoints: config?.endpoints ?? [],
        file: entry?.entry.path ?? '',
      };
    });
    for (const page of pages) {
      const file = path.join(folder, page.integration, `${page.type}s`, `${page.name}.md`);
      files.set(file, renderPage(page, existsSync(file) ? readFileSync(file, 'utf8') : ''));
    }
    if (options['integrationTemplates'] === true) {
      for (const [integration, own] of Map.groupBy(pages, (page) => page.integration)) {
        files.set(path.join(folder, integration, 'README.md'), renderOverview(integration, own));
      }
    }
    for (const [file, text] of files) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      terminal.line(`✔ ${path.relative(dir, file)}`);
    }
    if (files.size === 0) terminal.line('The project has no syncs and actions.');
    return { files: [...files.keys()].map((file) => path.relative(dir, file)) };
  },
};

function renderOverview(integration: string, pages: Page[]): string {
  const rows = pages.map(
    ({ type, name, description }) =>
      `| [${name}](${type}s/${name}.md) | ${type} | ${description.replaceAll('|', '\\|')} |`,
  );
  return `# ${integration}\n\n| function | kind | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
