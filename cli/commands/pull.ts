// syncline pull: the source of a deployed function, as a file of this project.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { findTemplateFunction } from '../clone/find-template.ts';
import { CliError } from '../errors.ts';
import { listFunction, mustBeFunctionName, mustBeIntegration } from '../project/list-function.ts';
import type { CommandSpec, Input } from './define-command.ts';

const codeSchema = z.object({ type: z.enum(['sync', 'action', 'on-event']), code: z.string() });

export const pullCommand: CommandSpec = {
  name: 'pull',
  summary: 'write the source of a deployed function, or of a template, into this project',
  args: [
    ['<integration>', 'integration id'],
    ['<name>', 'name of the function'],
  ],
  options: [
    ['-c, --catalog', 'from the templates, not from a server'],
    ['-e, --env <name>', 'the environment it is deployed in (default: dev)'],
    ['-s, --sync', 'the sync of that name'],
    ['-a, --action', 'the action of that name'],
    ['--on-event', 'the on-event function of that name'],
    ['-f, --force', 'write over a file that exists'],
  ],
  async run(context, { args: [integration = '', name = ''], options }) {
    const { dir, terminal } = context;
    mustBeIntegration(integration);
    mustBeFunctionName(name);
    const type = kindOf(options);
    const found =
      options['catalog'] === true
        ? findTemplateFunction({ integration, name, type })
        : codeSchema.parse(
            await context
              .api(typeof options['env'] === 'string' ? options['env'] : undefined)
              .get(`/integrations/${encodeURIComponent(integration)}/functions/${name}/code`, { type }),
          );

    const relative = `${integration}/${found.type}s/${name}`;
    const file = path.join(dir, `${relative}.ts`);
    if (existsSync(file) && options['force'] !== true) {
      throw new CliError('function_exists', `${relative}.ts exists already.`, { hint: 'Write over it with: --force' });
    }
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, found.code);
    const listed = listFunction(dir, relative);
    terminal.line(`✔ ${relative}.ts${listed ? ', listed in index.ts' : ''}`);
    return { type: found.type, integration, name, file: `${relative}.ts` };
  },
};

function kindOf(options: Input['options']): 'sync' | 'action' | 'on-event' | undefined {
  const asked = (['sync', 'action', 'on-event'] as const).filter(
    (kind) => options[kind === 'on-event' ? 'onEvent' : kind] === true,
  );
  if (asked.length > 1) throw new CliError('two_kinds', 'Give one of --sync, --action, --on-event.');
  return asked[0];
}
