// Units lie beside their file and run in parallel; what crosses folders lies in test/ and has the machine to itself. What takes
// minutes (*.chaos.ts) has a quick form among them, and runs by `npm run chaos`.
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

const guests = 'core/runtime/guest/**/*.test.ts';

const wholeInstances = {
  globalSetup: ['./test/e2e/shared-instance.ts'],
  fileParallelism: false,
  testTimeout: 120_000,
};

export default defineConfig({
  test: {
    globalSetup: ['./test/global-setup.ts'],
    maxWorkers: 2,
    projects: [
      project('unit', {
        include: ['**/*.test.ts'],
        exclude: ['**/node_modules/**', '**/dist/**', 'test/e2e/**', guests],
        isolate: false, // a process for each of 250 files costs more than most of them
      }),
      project('guest', { include: [guests] }), // its modules replace the globals of their process
      project('e2e', { include: ['test/e2e/**/*.test.ts'], sequence: { groupOrder: 1 }, ...wholeInstances }),
      project('chaos', { include: ['test/e2e/**/*.chaos.ts'], sequence: { groupOrder: 2 }, ...wholeInstances }),
    ],
  },
});
