// syncline deploy: make the project's functions current in an environment.
import { compileProject } from '../compile/compile-project.ts';
import { deploy } from '../deploy/deploy.ts';
import { renderBundles } from '../deploy/function-bundles.ts';
import type { Selection } from '../deploy/payload.ts';
import { isDestructive, renderPlan, unchangedOf } from '../deploy/plan.ts';
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

    const { plan, bundles, deployed } = await deploy({
      api,
      compiled,
      selection: toSelection(options),
      autoConfirm,
      allowDestructive: options['allowDestructive'] === true,
      showPlan: (planned) => {
        const lines = [...renderPlan(planned.plan), ...renderBundles(planned.bundles)];
        for (const line of lines) terminal.line(`  ${line}`);
        if (lines.length === 0) terminal.line('  nothing new, changed or removed');
      },
      confirm: interactive ? askConfirm : undefined,
    });
    const unchanged = unchangedOf(plan, deployed);
    for (const { name, providerConfigKey, version } of deployed.filter((item) => !unchanged.includes(item))) {
      terminal.line(`✔ ${providerConfigKey}/${name}${version ? `@v${version}` : ''}`);
    }
    for (const { integrationId, name } of [...bundles.created, ...bundles.updated])
      terminal.line(`✔ ${integrationId}/${name}`);
    const same = unchanged.length + bundles.unchanged.length;
    if (isDestructive(plan) || bundles.deleted.length > 0) terminal.line('✔ removed what the project no longer has');
    if (same > 0) terminal.line(`✔ ${same} unchanged, not deployed again`);
    return { environment, url: target.url, plan, bundles, deployed, unchanged };
  },
};

function toSelection(options: Input['options']): Selection {
  const text = (key: string) => (typeof options[key] === 'string' ? { [key]: options[key] } : {});
  return { ...text('sync'), ...text('action'), ...text('integration'), ...text('version') };
}
