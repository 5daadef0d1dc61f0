// For the tree without install scripts: units that need neither Postgres nor Temporal, and no global setup that starts them.
import { defineConfig } from 'vitest/config';
import { bareUnits } from './bare-units.ts';

const folders = [
  'core/config',
  'core/crypto',
  'core/egress',
  'core/proxy',
  'providers',
  'sdk',
  'simulator',
  'test/bars',
];

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: bareUnits(folders),
    exclude: ['**/node_modules/**', '**/dist/**', 'test/bars/sandbox.test.ts'], // a bar itself
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    execArgv: ['--import', new URL('../../core/db/driver-patch.ts', import.meta.url).pathname],
  },
});
