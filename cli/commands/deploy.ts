// syncline deploy: make the project's functions current in an environment.
import { compileProject } from '../compile/compile-project.ts';
import { deploy } from '../deploy/deploy.ts';
import type { Selection } from '../deploy/payload.ts';
import { isDestructive, isEmpty, renderPlan } from '../deploy/plan.ts';
import { exitCodes } from '../errors.ts';
import { askConfirm } from './ask.ts';
import type { CommandSpec, Input } from './define-command.ts';

export const deployCommand: CommandSpec = {
  name: 'deploy',
  summary: 'compile, show what changes, and deploy',
  args: [['[environment]', 'where to (default: dev)']],
  options: [
    ['-s, --sync <name>', 'this sync only'],
    ['-a, --action <name>', 'this action only'],
    ['-i, --integration <id>', 'this integration only'],
    ['-v, --version <version>', 'label every function with this version'],
    ['--allow-destructive', 'allow it to remove functions'],
    ['--no-typecheck', 'skip the type check, the slow part'],
  ],
  async run(context, { args, options }) {
    const { dir, terminal, autoConfirm, interactive } = context;
    const environment = args[0] ?? 'dev';
    const target = context.target(environment);
    const api = context.api(environment, { exitCode: exitCodes.deploy });
    const compiled = await compileProject({ dir, typecheck: options['typecheck'] !== false });
    terminal.warn(compiled.warnings);
    terminal.line(`Deploying to ${target.environment} at ${target.url}`);

    const { plan, deployed } = await deploy({
      api,
      compiled,
      selection: toSelection(options),
      autoConfirm,
      allowDestructive: options['allowDestructive'] === true,
      showPlan: (planned) => {
        for (const line of renderPlan(planned)) terminal.line(`  ${line}`);
        if (isEmpty(planned)) terminal.line('  nothing new, changed or removed');
      },
      confirm: interactive ? askConfirm : undefined,
    });
    for (const { name, providerConfigKey, version } of deployed) {
      terminal.line(`✔ ${providerConfigKey}/${name}${version ? `@v${version}` : ''}`);
    }
    if (deployed.length === 0) terminal.line(isDestructive(plan) ? '✔ removed' : '✔ up to date');
    return { environment, url: target.url, plan, deployed };
  },
};

function toSelection(options: Input['options']): Selection {
  const text = (key: string) => (typeof options[key] === 'string' ? { [key]: options[key] } : {});
  return { ...text('sync'), ...text('action'), ...text('integration'), ...text('version') };
}
