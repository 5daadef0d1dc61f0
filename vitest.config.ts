// Units lie beside their file, what crosses folders lies in test/. All files share one pool: half of their time is waiting for
// processes to start, end or time out. What takes long (*.chaos.ts) runs by `npm run chaos`.
import { defineConfig } from 'vitest/config';
import FileOrder from './test/file-order.ts';

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

/** A browser's tests are dear: ours in `npm test`, what speaks for the published client in `npm run chaos`. */
const frontend = 'test/e2e/frontend.test.ts';

const wholeInstances = {
  globalSetup: ['./test/e2e/shared-instance.ts'],
  testTimeout: 120_000,
};

export default defineConfig({
  test: {
    globalSetup: ['./test/global-setup.ts'],
    maxWorkers: 3,
    sequence: { sequencer: FileOrder },
    projects: [
      project('unit', {
        include: ['**/*.test.ts'],
        exclude: ['**/node_modules/**', '**/dist/**', 'test/e2e/**', guests],
        isolate: false, // a process for each of 250 files costs more than most of them
      }),
      project('guest', { include: [guests] }), // its modules replace the globals of their process
      project('e2e', {
        include: ['test/e2e/**/*.test.ts'],
        isolate: false,
        provide: { frontendClients: ['@syncline/frontend'] },
        ...wholeInstances,
      }),
      project('chaos', {
        include: ['**/*.chaos.ts', frontend],
        exclude: ['**/node_modules/**'],
        provide: { frontendClients: ['@nangohq/frontend'] },
        ...wholeInstances,
      }),
    ],
  },
});
