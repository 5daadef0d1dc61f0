// The type check of a nango.yaml project, in a copy: its scripts import a models.ts that another tool generated, if it is there at all.
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Diagnostic } from '../errors.ts';
import type { Model } from '../nango-yaml/models.ts';
import { renderTypes } from '../nango-yaml/render-types.ts';
import { typecheck } from './typecheck.ts';

/** What these scripts were written under: no extensions in imports, and of the strict settings only `strict`. */
const compilerOptions = {
  module: 'esnext',
  moduleResolution: 'bundler',
  resolveJsonModule: true,
  esModuleInterop: true,
  exactOptionalPropertyTypes: false,
  noUncheckedIndexedAccess: false,
  noUnusedLocals: false,
  noPropertyAccessFromIndexSignature: false,
  noImplicitReturns: false,
};

const modelsFile = 'models.ts';
const skippedFolders = new Set(['node_modules', 'dist', 'build', 'tests', 'mocks']);

interface Scripts {
  /** Relative to `dir`. */
  paths: string[];
  dir: string;
  models: ReadonlyMap<string, Model>;
}

/** @returns as `typecheck`, with paths relative to `dir` */
export async function typecheckScripts({ paths, dir, models }: Scripts): Promise<Diagnostic[]> {
  if (paths.length === 0) return [];
  const copy = mkdtempSync(path.join(realpathSync(tmpdir()), 'syncline-scripts-'));
  try {
    cpSync(dir, copy, { recursive: true, dereference: true, filter: (file) => isSource(path.relative(dir, file)) });
    const packages = packagesOf(path.resolve(dir));
    if (packages !== undefined) symlinkSync(packages, path.join(copy, 'node_modules'), 'junction');
    writeFileSync(path.join(copy, modelsFile), renderTypes(models));
    const files = paths.map((file) => path.join(copy, file));
    const found = await typecheck({ files, dir: copy, compilerOptions });
    // That file is ours: what the YAML says wrongly was told where it stands.
    return found.filter(({ file }) => file !== modelsFile);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function isSource(relative: string): boolean {
  const { base, ext } = path.parse(relative);
  return !skippedFolders.has(base) && !base.startsWith('.') && ['', '.ts', '.json'].includes(ext);
}

/** The nearest installed packages, which may be a workspace's. */
function packagesOf(dir: string): string | undefined {
  const packages = path.join(dir, 'node_modules');
  if (existsSync(packages)) return packages;
  const above = path.dirname(dir);
  return above === dir ? undefined : packagesOf(above);
}
