// Functions to an integration: those of ./functions through the public API, a project's folder through the command line.
import { join } from 'node:path';
import { compileFunctions } from '../../cli/compile/compile-functions.ts';
import { toBundlePayload } from '../../cli/deploy/function-bundles.ts';
import { toPayload } from '../../cli/deploy/payload.ts';
import { main } from '../../cli/main.ts';
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
  code: number;
  /** All that it says. */
  output: string;
  stdout: string;
}

/** In this process: what the launcher adds is shown by the tests that run the pages of docs/. */
export async function runCli(args: string[], settings: Settings): Promise<CliAnswer> {
  let output = '';
  let stdout = '';
  const code = await main(args, {
    env: ownEnvironment({ NO_COLOR: '1', ...settings }),
    cwd: root,
    stdin: {},
    stdout: {
      write(text) {
        output += text;
        stdout += text;
      },
    },
    stderr: { write: (text) => (output += text) },
  });
  return { code, output, stdout };
}
