// syncline create: one more function, listed in index.ts.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from '../errors.ts';
import { listFunction, mustBeFunctionName, mustBeIntegration } from '../project/list-function.ts';
import { askChoice, askText } from './ask.ts';
import type { CommandSpec, Context, Input } from './define-command.ts';
import { renderFunction } from './new-function.ts';

const kinds = ['sync', 'action', 'on-event'] as const;
export type NewKind = (typeof kinds)[number];

export const createCommand: CommandSpec = {
  name: 'create',
  summary: 'add a sync, an action or an on-event function',
  args: [
    ['[integration]', 'integration id'],
    ['[name]', 'name of the function'],
  ],
  options: [
    ['--sync', 'a sync'],
    ['--action', 'an action'],
    ['--on-event', 'an on-event function'],
    ['--integration <id>', 'integration id'],
    ['--name <name>', 'name of the function'],
  ],
  async run(context, { args, options }) {
    const { dir, terminal } = context;
    if (!existsSync(path.join(dir, 'index.ts'))) {
      throw new CliError('no_index', `There is no index.ts in ${dir}.`, {
        hint: 'Start a project with: syncline init',
      });
    }
    const kind = await pickKind(context, options);
    const integration = await pickText(context, args[0] ?? options['integration'], 'integration', 'github');
    const name = await pickText(
      context,
      args[1] ?? options['name'],
      'name',
      kind === 'action' ? 'create-issue' : 'issues',
    );
    mustBeIntegration(integration);
    mustBeFunctionName(name);

    const relative = `${integration}/${kind}s/${name}`;
    const file = path.join(dir, `${relative}.ts`);
    if (existsSync(file)) throw new CliError('function_exists', `${relative}.ts exists already.`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, renderFunction(kind, name));
    listFunction(dir, relative);
    terminal.line(`✔ ${relative}.ts, listed in index.ts`);
    return { type: kind, integration, name, file: `${relative}.ts` };
  },
};

async function pickKind({ interactive }: Context, options: Input['options']): Promise<NewKind> {
  const asked = kinds.filter((kind) => options[kind === 'on-event' ? 'onEvent' : kind] === true);
  if (asked.length === 1 && asked[0] !== undefined) return asked[0];
  if (asked.length > 1) throw new CliError('two_kinds', 'Give one of --sync, --action, --on-event.');
  if (interactive) return askChoice('What kind of function?', kinds);
  throw new CliError('missing_kind', 'Give one of --sync, --action, --on-event.');
}

async function pickText({ interactive }: Context, given: string | boolean | undefined, what: string, example: string) {
  if (typeof given === 'string') return given;
  if (interactive) return askText(`Which ${what}?`, example);
  throw new CliError(`missing_${what}`, `The ${what} is missing.`, {
    hint: 'syncline create <integration> <name> --sync',
  });
}
