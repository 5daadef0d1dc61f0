// The captures' functions onto their integration: compiled as the command line does, deployed by the public API.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunctions } from '../../cli/compile/compile-functions.ts';
import { toPayload } from '../../cli/deploy/payload.ts';
import type { Api } from '../conformance/api.ts';

const integration = 'fake';

export async function deployFolder(api: Api, dir: string): Promise<void> {
  const entries = readdirSync(dir)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const file = join(dir, path);
      const kind = /\bcreateAction\s*\(/.test(readFileSync(file, 'utf8')) ? ('action' as const) : ('sync' as const);
      return { file, path, providerConfigKey: integration, name: path.replace(/\.ts$/, ''), kind };
    });
  const compiled = await compileFunctions(entries, dir, { typecheck: false });
  await api.ok('POST', '/sync/deploy', { body: toPayload(compiled, { integration }, { reconcile: true }) });
}
