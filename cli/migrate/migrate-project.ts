// A nango.yaml project → code-first: every script, models.ts, index.ts; nango.yaml goes last. All is computed before a file is touched.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { openCompiler } from '../compile/open-compiler.ts';
import type { Diagnostic } from '../errors.ts';
import { CliError, exitCodes } from '../errors.ts';
import { findScripts, type YamlScript } from '../nango-yaml/find-scripts.ts';
import { parseNangoYaml } from '../nango-yaml/parse.ts';
import { convertModule, convertScript } from './convert-script.ts';
import { renderModels } from './render-models.ts';

export interface Migration {
  /** Relative to the project. */
  written: string[];
  removed: string[];
  remarks: Diagnostic[];
}

const kindFolders = { sync: 'syncs', action: 'actions', onEvent: 'on-events' } as const;

/** @throws CliError (exit code 10) when nango.yaml has errors; nothing is changed then */
export function migrateProject(dir: string): Migration {
  const yamlFile = path.join(dir, 'nango.yaml');
  if (!existsSync(yamlFile)) throw new CliError('no_nango_yaml', `There is no nango.yaml in ${dir}.`);
  if (existsSync(path.join(dir, 'index.ts'))) {
    throw new CliError('already_migrated', 'The project has an index.ts beside its nango.yaml.', {
      hint: 'Remove the one that is out of date.',
    });
  }
  const yaml = parseNangoYaml(readFileSync(yamlFile, 'utf8'));
  const { scripts, missing } = findScripts(yaml, dir);
  const found = [...yaml.diagnostics, ...missing];
  if (found.some(({ severity }) => severity === 'error')) {
    throw new CliError('invalid_nango_yaml', 'nango.yaml has mistakes; nothing was changed.', {
      exitCode: exitCodes.compile,
      diagnostics: found,
    });
  }

  const models = new Set(yaml.models.keys());
  const moves = scripts.map((script) => ({ script, to: destination(script) }));
  const real = realpathSync(dir);
  const linked = moves.filter(({ script }) => isLinked(dir, script.path));
  const own = moves.filter((move) => !linked.includes(move));
  const modules = findModules(dir, new Set(scripts.map(({ file }) => realpathSync(file))));
  const remarks: Diagnostic[] = [...found];
  const remark = (file: string, messages: string[]) => {
    for (const message of messages) remarks.push({ severity: 'warning', code: 'migration', message, file });
  };

  const files = new Map<string, string>();
  const compiler = openCompiler(real, [...own.map(({ script }) => script.path), ...modules]);
  for (const { script, to } of own) {
    const source = compiler.parse(script.path);
    const converted =
      source && convertScript(source, script.declared, contextOf(real, { from: script.path, to, models }));
    if (converted === undefined) {
      remark(to, ['was copied as it is: its default export is no function that can be found.']);
      files.set(to, readFileSync(script.file, 'utf8'));
    } else {
      files.set(to, converted.text);
      remark(to, converted.remarks);
    }
  }
  for (const file of modules) {
    const source = compiler.parse(file);
    const converted = source && convertModule(source, contextOf(real, { from: file, to: file, models }));
    if (converted && converted.text !== readFileSync(path.join(dir, file), 'utf8')) files.set(file, converted.text);
  }
  compiler.close();
  if (models.size > 0) files.set('models.ts', renderModels(yaml.models));
  files.set(
    'index.ts',
    renderIndex(
      yaml.integrations.map(({ id }) => id),
      moves,
    ),
  );
  for (const [file, text] of projectFiles(dir)) files.set(file, text);

  for (const [file, text] of files) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
  const old = own.filter(({ script, to }) => script.path !== to).map(({ script }) => script.path);
  const removed = [...new Set([...old, 'nango.yaml'])];
  for (const file of removed) rmSync(path.join(dir, file), { force: true });
  return { written: [...files.keys()], removed, remarks };
}

/** Where a code-first project has it; older projects had their scripts in the root, and other folders. */
function destination({ integration, declared }: YamlScript): string {
  return `${integration}/${kindFolders[declared.type]}/${declared.name}.ts`;
}

function contextOf(dir: string, { from, to, models }: { from: string; to: string; models: ReadonlySet<string> }) {
  return { from: path.join(dir, from), to: path.join(dir, to), dir, models, exists: existsSync };
}

/** Below a link: the same file is converted where it lies. */
function isLinked(dir: string, relative: string): boolean {
  const parts = relative.split('/');
  return parts.some((_, i) => lstatSync(path.join(dir, ...parts.slice(0, i + 1))).isSymbolicLink());
}

const skippedFolders = new Set(['node_modules', 'dist', 'build', 'tests', 'mocks']);

/** Local modules that functions may import: every other .ts file of the project; links, tests and hidden folders left out. */
function findModules(dir: string, scripts: ReadonlySet<string>, below = ''): string[] {
  return readdirSync(path.join(dir, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const relative = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        const skipped = skippedFolders.has(entry.name) || entry.name.startsWith('.');
        return skipped ? [] : findModules(dir, scripts, relative);
      }
      const isModule = entry.isFile() && entry.name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(entry.name);
      return isModule && relative !== 'models.ts' && !scripts.has(realpathSync(path.join(dir, relative)))
        ? [relative]
        : [];
    });
}

function renderIndex(integrations: string[], moves: { script: YamlScript; to: string }[]): string {
  const blocks = integrations.map((id) => {
    const own = moves.filter(({ script }) => script.integration === id);
    return `// ${id}\n${own.map(({ to }) => `import './${to.replace(/\.ts$/, '.js')}';\n`).join('')}`;
  });
  return blocks.join('\n');
}

const packages = { '@syncline/cli': '0.1.0', '@syncline/functions': '0.1.0', zod: '4.6.7' };

const tsconfig = {
  compilerOptions: {
    strict: true,
    target: 'esnext',
    lib: ['esnext'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['**/*.ts'],
  exclude: ['node_modules', 'build'],
};

/** package.json becomes an ES module's with the packages that the imports name; a tsconfig.json is left as it is. */
function projectFiles(dir: string): [string, string][] {
  const manifest = path.join(dir, 'package.json');
  const given: Manifest = existsSync(manifest) ? readManifest(manifest) : { name: 'integrations', private: true };
  const known: object = { ...given.dependencies, ...given.devDependencies };
  const missing = Object.entries(packages).filter(([name]) => !Object.hasOwn(known, name));
  const next = {
    ...given,
    type: 'module',
    devDependencies: { ...given.devDependencies, ...Object.fromEntries(missing) },
  };
  return [
    ['package.json', `${JSON.stringify(next, null, 2)}\n`],
    ...(existsSync(path.join(dir, 'tsconfig.json'))
      ? []
      : [['tsconfig.json', `${JSON.stringify(tsconfig, null, 2)}\n`] as [string, string]]),
  ];
}

interface Manifest {
  name?: string;
  private?: boolean;
  dependencies?: object;
  devDependencies?: object;
}

function readManifest(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch (cause) {
    throw new CliError('invalid_package_json', 'package.json is not JSON; nothing was changed.', { cause });
  }
}
