// For tests beside this file: a project in a folder of its own, and a platform that says what the test says.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CompiledFunction, compileFunctions } from '../compile/compile-functions.ts';
import { readEntryPoints } from '../project/read-entry-points.ts';
import type { Calls } from './calls.ts';
import { pickEntry } from './find-function.ts';
import type { Platform } from './platform.ts';

export interface TestProject {
  dir: string;
  write(files: Record<string, string>): void;
  find(name: string): Promise<CompiledFunction>;
}

/** @param files sources by path; each is listed in index.ts */
export function createTestProject(files: Record<string, string>): TestProject {
  const dir = mkdtempSync(path.join(tmpdir(), 'dryrun-'));
  const write = (given: Record<string, string>) => {
    for (const [file, text] of Object.entries(given)) {
      mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
      writeFileSync(path.join(dir, file), text);
    }
  };
  const listed = Object.keys(files).map((file) => `import './${file.replace(/\.ts$/, '.js')}';\n`);
  write({ ...files, 'index.ts': listed.join('') });
  const find = async (name: string) => {
    const entry = pickEntry(readEntryPoints(dir), { name });
    return (await compileFunctions([entry], dir, { typecheck: false, checks: false })).functions[0]!;
  };
  return { dir, write, find };
}

const from = (name: string) => `import { ${name} } from '@syncline/functions';\nimport { z } from 'zod';\n`;

/** @param exec the body, with `nango` */
export const syncSource = (exec: string, rest = ''): string => `${from('createSync')}
const Task = z.object({ id: z.string(), n: z.number().optional() });
export default createSync({
  description: 'd', frequency: 'every day', models: { Task }, ${rest}
  exec: async (nango) => {
${exec}
  },
});
`;

/** @param exec the body, with `nango` and `input` */
export const actionSource = (exec: string): string => `${from('createAction')}
export default createAction({
  description: 'd', input: z.any(), output: z.any(),
  exec: async (nango, input) => {
${exec}
  },
});
`;

export function testPlatform(calls: Calls, more: Partial<Platform> = {}): Platform {
  return {
    place: { connectionId: 'acme', providerConfigKey: 'crm', provider: 'acme-crm', environmentName: 'dev' },
    rules: { pagination: undefined, linkOrigins: [], siblingHosts: [], logLevel: 'info' },
    metadata: {},
    calls: { getConnection: async () => ({ result: { connection_config: {}, credentials: {} } }), ...calls },
    ...more,
  };
}

/** An answer of `http`. */
export const answered = (value: unknown, status = 200) => ({
  result: { status, statusText: '', headers: { 'content-type': 'application/json' }, url: 'https://api.example.com/x' },
  body: Buffer.from(JSON.stringify(value)),
});
