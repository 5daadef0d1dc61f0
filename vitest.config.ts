// Units lie beside their file and run in parallel; what crosses folders lies in test/ and has the machine to itself.
import { defineConfig } from 'vitest/config';

const project = (name: string, options: object) => ({
  test: {
    name,
    pool: 'forks' as const,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    execArgv: ['--import', new URL('./core/db/driver-patch.ts', import.meta.url).pathname],
    ...options,
  },
});

export default defineConfig({
  test: {
    globalSetup: ['./test/global-setup.ts'],
    maxWorkers: 2,
    projects: [
      project('unit', {
        include: ['**/*.test.ts'],
        exclude: ['**/node_modules/**', '**/dist/**', 'test/e2e/**'],
      }),
      project('e2e', {
        include: ['test/e2e/**/*.test.ts'],
        fileParallelism: false,
        testTimeout: 120_000,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
