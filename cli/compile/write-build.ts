// What a compile leaves in the project: the bundles, and a description of every function for editors and tools.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Compiled } from './compile-functions.ts';

/** @returns The bundles' paths, relative to the project. */
export function writeBuild({ functions, flowConfigs, onEventScriptsByProvider }: Compiled, dir: string): string[] {
  mkdirSync(path.join(dir, 'build'), { recursive: true });
  const written = functions.map(({ entry, js }) => {
    const name = `${entry.path.replace(/\.ts$/, '').replaceAll('/', '_')}.cjs`;
    writeFileSync(path.join(dir, 'build', name), js);
    return `build/${name}`;
  });

  const integrations = new Set([...flowConfigs, ...onEventScriptsByProvider].map((one) => one.providerConfigKey));
  const described = [...integrations].sort().map((providerConfigKey) => {
    const own = flowConfigs.filter((config) => config.providerConfigKey === providerConfigKey);
    const without = own.map(({ fileBody: _, ...config }) => config);
    const scripts = onEventScriptsByProvider.find((one) => one.providerConfigKey === providerConfigKey)?.scripts ?? [];
    return {
      providerConfigKey,
      syncs: without.filter(({ type }) => type === 'sync'),
      actions: without.filter(({ type }) => type === 'action'),
      onEventScripts: scripts.map(({ name, event }) => ({ name, event })),
    };
  });
  mkdirSync(path.join(dir, '.nango'), { recursive: true });
  writeFileSync(path.join(dir, '.nango', 'nango.json'), `${JSON.stringify(described, null, 2)}\n`);
  return written;
}
