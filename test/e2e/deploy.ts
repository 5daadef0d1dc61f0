// Functions to an integration: those of ./functions through the public API, a project's folder through the command line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compileFunctions } from '../../cli/compile/compile-functions.ts';
import { toBundlePayload } from '../../cli/deploy/function-bundles.ts';
import { toPayload } from '../../cli/deploy/payload.ts';
import type { Api } from '../conformance/api.ts';
import { ownEnvironment, type Settings } from './instance-process.ts';

const dir = join(import.meta.dirname, 'functions');
const root = join(import.meta.dirname, '..', '..');

/** Those of createFunction, in `functions`, say themselves what they are. */
const kinds: Record<string, 'sync' | 'action' | 'onEvent' | undefined> = {
  syncs: 'sync',
  actions: 'action',
  'on-events': 'onEvent',
};

/** @example await deployFunctions(api, 'crm', ['syncs/copy-contacts', 'actions/behave']) */
export async function deployFunctions(api: Api, integration: string, names: string[]): Promise<void> {
  const entries = names.map((name) => ({
    file: join(dir, `${name}.ts`),
    path: `${name}.ts`,
    providerConfigKey: integration,
    name: name.split('/')[1]!,
    kind: kinds[name.split('/')[0]!],
  }));
  const compiled = await compileFunctions(entries, dir, { typecheck: false });
  await api.ok('POST', '/sync/deploy', { body: toPayload(compiled, { integration }, { reconcile: true }) });
  const bundle = toBundlePayload(compiled, { integration });
  if (bundle && bundle.functions.length > 0) await api.ok('POST', '/functions/deployments/bundle', { body: bundle });
}

export interface CliAnswer {
  code: number | null;
  /** All that it says. */
  output: string;
  stdout: string;
}

export async function runCli(args: string[], settings: Settings): Promise<CliAnswer> {
  const cli = spawn(process.execPath, [join(root, 'cli', 'bin', 'syncline.js'), ...args], {
    cwd: root,
    env: ownEnvironment({ NO_COLOR: '1', ...settings }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  for (const stream of [cli.stdout, cli.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  cli.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
  const [code] = await once(cli, 'close');
  return { code: code as number | null, output, stdout };
}
