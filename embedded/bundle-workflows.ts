// Writes the workflow bundle to the file named in its argument. A process of its own: webpack's 255 MB end with it.
//
//     node embedded/bundle-workflows.ts /path/to/workflows.js
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { writeAtomically } from './write-file.ts';

const [target, folder = join(import.meta.dirname, '..', 'workflows')] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write('Say where to write: node embedded/bundle-workflows.ts FILE\n');
  process.exit(2);
}
const failureConverter = join(folder, 'failure-converter.ts');

const { code } = await bundleWorkflowCode({
  workflowsPath: join(folder, 'index.ts'),
  ...(existsSync(failureConverter) && { failureConverterPath: failureConverter }),
  logger: new DefaultLogger('WARN'),
});
writeAtomically(resolve(target), code, 0o644);
