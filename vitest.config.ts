// One vitest run, two projects: units that need nothing, and tests that need Postgres, Temporal or the simulator.
import { defineConfig } from 'vitest/config';

const shared = {
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  execArgv: ['--import', new URL('./core/db/driver-patch.ts', import.meta.url).pathname],
};

export default defineConfig({
  test: {
    ...shared,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'templates/**'],
    maxWorkers: 2,
  },
});
