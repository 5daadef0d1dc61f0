// The file of each function that nango.yaml declares: `<integration>/<kind>s/<name>.ts`, in older projects `<name>.ts` in the root.
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Diagnostic } from '../errors.ts';
import type { YamlAction, YamlSync } from './functions.ts';
import type { NangoYaml, OnEvent } from './parse.ts';

export interface YamlOnEvent {
  type: 'onEvent';
  name: string;
  event: OnEvent;
}

export interface YamlScript {
  integration: string;
  /** Absolute. */
  file: string;
  /** Relative to the project, with forward slashes. */
  path: string;
  declared: YamlSync | YamlAction | YamlOnEvent;
}

export function findScripts(
  { integrations }: NangoYaml,
  dir: string,
): { scripts: YamlScript[]; missing: Diagnostic[] } {
  const scripts: YamlScript[] = [];
  const missing: Diagnostic[] = [];
  const add = (integration: string, folders: string[], declared: YamlScript['declared']) => {
    const candidates = [
      ...folders.map((folder) => `${integration}/${folder}/${declared.name}.ts`),
      `${declared.name}.ts`,
    ];
    const found = candidates.find((candidate) => isInside(dir, candidate));
    if (found !== undefined) {
      scripts.push({ integration, file: path.join(dir, found), path: found, declared });
      return;
    }
    const message = `${candidates[0]} does not exist, and nango.yaml declares it.`;
    missing.push({ severity: 'error', code: 'file_not_found', message, file: 'nango.yaml' });
  };
  for (const { id, syncs, actions, onEvents } of integrations) {
    for (const sync of syncs) add(id, ['syncs'], sync);
    for (const action of actions) add(id, ['actions'], action);
    for (const { event, name, deprecated } of onEvents) {
      const folders = deprecated ? ['post-connection-scripts', 'on-events'] : ['on-events', 'post-connection-scripts'];
      add(id, folders, { type: 'onEvent', name, event });
    }
  }
  return { scripts, missing };
}

function isInside(dir: string, relative: string): boolean {
  const file = path.join(dir, relative);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  const inside = path.relative(realpathSync(dir), realpathSync(file));
  return !inside.startsWith('..') && !path.isAbsolute(inside);
}
