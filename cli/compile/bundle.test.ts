import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { bundle } from './bundle.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'bundle-'));
});

function write(file: string, text: string, root = dir) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

const make = (file = 'a/syncs/x.ts', root = dir) => bundle({ file: path.join(root, file), dir: root });

async function problemsOf(text: string) {
  write('a/syncs/x.ts', text);
  const error = await make().then(
    () => undefined,
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(CliError);
  expect(error.exitCode).toBe(10);
  return error.diagnostics;
}

function load(js: string, modules: Record<string, unknown> = {}) {
  const module = { exports: {} as Record<string, unknown> };
  new Function('require', 'module', 'exports', js)((name: string) => modules[name], module, module.exports);
  return module.exports;
}

it('inlines local modules and packages, reads .js as .ts, and leaves nango and zod outside', async () => {
  write('a/mappers/to-name.ts', 'export const toName = (n: string): string => n.toUpperCase();');
  write('node_modules/left/package.json', '{"name":"left","main":"index.js"}');
  write('node_modules/left/index.js', 'exports.left = (s) => "<" + s;');
  write(
    'a/syncs/x.ts',
    `import { createSync } from 'nango';
     import { z } from 'zod';
     import { left } from 'left';
     import { toName } from '../mappers/to-name.js';
     export default createSync({ z, name: left(toName('ada')) });`,
  );
  const { js, inputs } = await make();
  expect(js).toContain('require("nango")');
  expect(js).toContain('require("zod")');
  expect(js).not.toContain('require("left")');
  expect(js).toContain('sourceMappingURL=data:application/json;base64,');
  expect(inputs.map((input) => path.basename(input)).sort()).toEqual(['index.js', 'to-name.ts', 'x.ts']);
  const made = load(js, { nango: { createSync: (sync: unknown) => sync }, zod: { z: 1 } });
  expect(made['default']).toEqual({ z: 1, name: '<ADA' });
});

it('drops imports that are used as types only, even where the project’s tsconfig would keep them', async () => {
  write('tsconfig.json', '{"compilerOptions":{"verbatimModuleSyntax":true}}');
  write(
    'a/syncs/x.ts',
    "import { ProxyConfiguration } from 'nango'; const c: ProxyConfiguration = {}; export default c;",
  );
  expect((await make()).js).not.toContain('require("nango")');
});

it('gives the same bytes in every folder, and for linked twins', async () => {
  const source = "import { createSync } from 'nango'; export default createSync({ a: 1 });";
  const elsewhere = mkdtempSync(path.join(tmpdir(), 'elsewhere-'));
  write('a/syncs/x.ts', source);
  write('a/syncs/x.ts', source, elsewhere);
  symlinkSync('a', path.join(dir, 'a-twin'));
  const { js } = await make();
  expect((await make('a/syncs/x.ts', elsewhere)).js).toBe(js);
  expect((await make('a-twin/syncs/x.ts')).js).toBe(js);
  expect(js).not.toContain(path.basename(dir));
});

it.each(['http', 'node:https', 'node:net', 'child_process', 'undici'])(
  'refuses %s, or says that it is missing',
  async (name) => {
    const problems = await problemsOf(`\nimport x from '${name}'; export default x;`);
    expect(problems[0]).toMatchObject({ file: 'a/syncs/x.ts', line: 2 });
  },
);

it('names the package that wants a socket or a native addon', async () => {
  write('node_modules/@acme/rpc/package.json', '{"name":"@acme/rpc","main":"index.js"}');
  write('node_modules/@acme/rpc/index.js', "require('net'); require('./build/fast.node');");
  const problems = await problemsOf("import '@acme/rpc'; export default {};");
  expect(problems.map(({ message }: { message: string }) => message)).toEqual([
    expect.stringContaining('The package @acme/rpc needs net'),
    expect.stringContaining('native addon'),
  ]);
});

it('gives file, line and column of a syntax error', async () => {
  expect(await problemsOf('const a = 1;\n  const = 2;')).toMatchObject([{ file: 'a/syncs/x.ts', line: 2, column: 9 }]);
});
