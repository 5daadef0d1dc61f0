// `npm test`: every test, on real parts, under the Node that the packages bring. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const modules = join(import.meta.dirname, '..', 'node_modules');
const args = process.argv.slice(2);
// Without a project named: all but the one that takes long.
const projects = args.some((arg) => arg.startsWith('--project')) ? [] : ['--project', '!chaos'];
const { status } = spawnSync(process.execPath, [join(modules, 'vitest', 'vitest.mjs'), 'run', ...projects, ...args], {
  stdio: 'inherit',
  // Hundreds of processes load the same modules: compiled once for all of them.
  env: { NODE_COMPILE_CACHE: join(modules, '.cache', 'node'), ...process.env },
});
process.exit(status ?? 1);
