// The house's arrows point one way (DESIGN, section 3), and only core/egress reaches the outside.
import { describe, expect, it } from 'vitest';
import { opensSockets, socketReasons, wrongArrows } from './arrows.ts';
import { readImports } from './read-imports.ts';
import { sourceFiles } from './source-files.ts';

const files = sourceFiles();

describe('the repository', () => {
  it('has no import that points the wrong way', () => {
    expect(files.length).toBeGreaterThan(100); // a walker that finds nothing would pass
    expect(files.flatMap(wrongArrows)).toEqual([]);
  });

  it('has only socket exceptions that are still needed', () => {
    const stale = Object.keys(socketReasons).filter((path) => {
      const file = files.find((candidate) => candidate.path === path);
      return file !== undefined && opensSockets(readImports(file)).length === 0;
    });
    expect(stale).toEqual([]);
  });
});

describe('a wrong arrow is caught', () => {
  const caught = (path: string, text: string) => wrongArrows({ path, text });

  it.each([
    ['core/syncs/a.ts', `import { app } from '../../api/app.ts';`],
    ['core/syncs/a.ts', `import type { App } from '../../api/app.ts';`],
    ['core/syncs/a.ts', `export * from '../../workflows/names.ts';`],
    ['core/syncs/a.ts', `export const load = () => import('../../activities/run-slice.ts');`],
    ['core/syncs/a.ts', `export type Slice = import('../../activities/contract.ts').Slice;`],
    ['workflows/sync.ts', `import { runSlice } from '../activities/run-slice.ts';`],
    ['workflows/sync.ts', `import { type RunSlice } from '../activities/contract.ts';`],
    ['workflows/sync.ts', `import type { Sync } from '../core/syncs/sync.ts';`],
    ['workflows/sync.ts', `import { readFileSync } from 'node:fs';`],
    ['api/routes/a.ts', `import { sync } from '../../workflows/sync.ts';`],
    ['api/routes/a.ts', `import { runSlice } from '../../activities/run-slice.ts';`],
    ['activities/a.ts', `import { queues } from '../workflows/names.ts';`],
    ['embedded/a.ts', `import { openDatabase } from '../core/db/database.ts';`],
    ['simulator/a.ts', `import { SynclineError } from '../core/errors.ts';`],
    ['sdk/functions/src/a.ts', `import { SynclineError } from '../../../core/errors.ts';`],
    ['sdk/node/src/a.ts', `import type { Nango } from '../../functions/src/nango.ts';`],
    ['sdk/node/src/a.ts', `import { ActionError } from '@syncline/functions';`],
    ['sdk/testing/src/a.ts', `import { ActionError } from '../../functions/src/action-error.ts';`],
    ['providers/a.ts', `import { SynclineError } from '../core/errors.ts';`],
    ['dashboard/src/a.tsx', `import { app } from '../../api/app.ts';`],
    ['core/syncs/a.ts', `import { createSimulator } from '@syncline/simulator';`],
    ['helpers/a.ts', 'export const a = 1;'],
  ])('%s: %s', (path, text) => {
    expect(caught(path, text)).toHaveLength(1);
  });

  it.each([
    ['core/proxy/a.ts', `import { request } from 'undici';`],
    ['core/proxy/a.ts', `import net from 'node:net';`],
    ['api/routes/a.ts', `import { request } from 'https';`],
    ['activities/a.ts', `export const call = () => fetch('https://api.example.com');`],
    ['workers/a.ts', `export const call = () => globalThis.fetch('https://api.example.com');`],
    ['core/runtime/a.ts', `export const open = () => new WebSocket('wss://example.com');`],
  ])('and a socket outside of core/egress: %s: %s', (path, text) => {
    expect(caught(path, text)).toHaveLength(1);
  });
});

describe('a right arrow passes', () => {
  it.each([
    ['api/routes/a.ts', `import { listSyncs } from '../../core/syncs/list-syncs.ts';`],
    ['api/routes/a.ts', `import { queues } from '../../workflows/names.ts';`],
    ['api/routes/a.ts', `import type { sync } from '../../workflows/sync.ts';`],
    ['workflows/sync.ts', `import type { RunSlice } from '../activities/contract.ts';`],
    ['workflows/sync.ts', `import { sleep } from '@temporalio/workflow';\nimport { queues } from './names.ts';`],
    ['core/functions/a.ts', `import type { SyncDefinition } from '@syncline/functions';`],
    ['sdk/testing/src/a.ts', `import { ActionError } from '@syncline/functions';`],
    ['core/egress/a.ts', `import { Agent } from 'undici';\nexport const get = () => fetch('https://a.example');`],
    ['core/proxy/a.ts', `export const send = ({ fetch }: Deps) => fetch('https://a.example');`],
    ['api/a.ts', `import type { IncomingMessage } from 'node:http';`],
    ['core/a.ts', `export const text = "import { app } from '../api/app.ts'"; // fetch('x')`],
    ['core/syncs/a.test.ts', `import { createSimulator } from '../../simulator/index.ts';`],
  ])('%s: %s', (path, text) => {
    expect(wrongArrows({ path, text })).toEqual([]);
  });
});
