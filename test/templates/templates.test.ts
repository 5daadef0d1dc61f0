// Every template compiles as a user's project would, is listed where users look, and does what its recording says, from the bundle that
// a deploy would send.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as declarations from '@syncline/functions';
import { NangoActionMock, NangoSyncMock } from '@syncline/testing';
import { describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import * as zod from 'zod';
import { findTemplate } from '../../cli/clone/find-template.ts';
import { templateFiles } from '../../cli/clone/template-files.ts';
import { compileFunctions } from '../../cli/compile/compile-functions.ts';
import { packageFolder } from '../../cli/compile/own-modules.ts';
import { typecheck } from '../../cli/compile/typecheck.ts';
import type { CliError } from '../../cli/errors.ts';
import { folder, functions, providers, readFixture, testsOf } from './templates.ts';

interface Sync {
  type: 'sync';
  models: Record<string, ZodType>;
  exec(nango: NangoSyncMock): Promise<void>;
}
interface Action {
  type: 'action';
  input: ZodType;
  output: ZodType;
  exec(nango: NangoActionMock, input: unknown): Promise<unknown>;
}

const compiled = await compileFunctions(functions, folder, { typecheck: false }).catch((error: CliError) => error);

it('compile without a warning', () => {
  if (!('functions' in compiled)) throw new Error(JSON.stringify(compiled.diagnostics, null, 2));
  expect(compiled.warnings).toEqual([]);
  expect(compiled.functions).toHaveLength(12);
});

it('pass the type check of the command line, tests included', async () => {
  const tests = [...new Set(functions.map(testsOf))].flatMap((dir) =>
    readdirSync(dir)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(dir, name)),
  );
  expect(tests).toHaveLength(functions.length);
  const modules = {
    '@syncline/testing': join(packageFolder('@syncline/testing'), 'src', 'index.ts'),
    vitest: join(packageFolder('vitest'), 'dist', 'index.d.ts'),
  };
  const files = [...functions.map(({ file }) => file), ...tests];
  const diagnostics = await typecheck({ files, dir: folder, modules });
  // What the checkout's packages say without the DOM's types is not the templates' business; published ones are declarations.
  expect(diagnostics.filter(({ file }) => !file?.startsWith('..'))).toEqual([]);
});

it.each(providers)(
  '%s is found by `syncline clone`, whole and function by function, with its tests',
  async (provider) => {
    const own = functions.filter(({ providerConfigKey }) => providerConfigKey === provider);
    expect(findTemplate(provider).map(({ relative }) => `${relative}.ts`)).toEqual(own.map(({ path }) => path));
    for (const { path, name } of own) {
      const [found] = findTemplate(path.replace(/\.ts$/, ''));
      const files = await templateFiles(found!);
      expect(files).toEqual(
        expect.arrayContaining([path, `${provider}/tests/${name}.test.json`, `${provider}/tests/${name}.test.ts`]),
      );
    }
  },
);

it('are all in the table of templates/README.md', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([\w-]+\/[\w-]+\/[\w-]+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(functions.map(({ path }) => path.replace(/\.ts$/, '')).sort());
});

it('say in their first lines where the provider documents it', () => {
  const silent = functions.filter(({ file }) => {
    const [header = ''] = readFileSync(file, 'utf8').split(/^import /m);
    return !/^\/\/ [A-Z]/.test(header) || !/^\/\/ .*https:\/\//m.test(header);
  });
  expect(silent.map(({ path }) => path)).toEqual([]);
});

describe.each('functions' in compiled ? compiled.functions : [])('$entry.path', ({ entry, js }) => {
  const declared = load(js);
  const fixture = readFixture(entry);
  const recorded = { dirname: testsOf(entry), name: entry.name, strict: true };

  it('does what is recorded, asks for all of it and for nothing else', async () => {
    if (declared.type === 'action') {
      const nango = new NangoActionMock(recorded);
      expect(await declared.exec(nango, fixture.input)).toEqual(fixture.output);
      nango.verify();
      expect(nango.unserved).toEqual([]);
      return;
    }
    const nango = new NangoSyncMock({ ...recorded, Model: Object.keys(declared.models).join(',') });
    await declared.exec(nango);
    expect(byModel(nango.batchSave.mock.calls)).toEqual(fixture.nango?.batchSave);
    expect(byModel(nango.batchDelete.mock.calls)).toEqual(fixture.nango?.batchDelete ?? {});
    nango.verify();
    expect(nango.unserved).toEqual([]);
  });

  it('takes and gives what it declares', () => {
    if (declared.type === 'action') {
      expect(declared.input.parse(fixture.input)).toEqual(fixture.input);
      expect(declared.output.parse(fixture.output)).toEqual(fixture.output);
      return;
    }
    for (const [model, records] of Object.entries(fixture.nango?.batchSave ?? {})) {
      expect(records.map((record) => declared.models[model]?.parse(record))).toEqual(records);
    }
  });
});

/** As the runtime does: the declarations and zod are given, all else is in the bundle. */
function load(js: string): Sync | Action {
  const require = createRequire(import.meta.url);
  const given: Record<string, unknown> = { '@syncline/functions': declarations, zod };
  const module = { exports: {} as { default: Sync | Action } };
  new Function('require', 'module', 'exports', js)(
    (name: string) => given[name] ?? require(name),
    module,
    module.exports,
  );
  return module.exports.default;
}

/** Models to which something was passed, with all of it, in order and as JSON. */
function byModel(calls: unknown[][]): Record<string, unknown[]> {
  const all: Record<string, unknown[]> = {};
  for (const [records, model] of JSON.parse(JSON.stringify(calls)) as [unknown[], string][]) {
    if (records.length > 0) all[model] = [...(all[model] ?? []), ...records];
  }
  return all;
}
