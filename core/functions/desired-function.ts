// What a deploy wants one function to be, and whether that is what it is already.
import { createHash } from 'node:crypto';
import type { FunctionDefinition, FunctionType } from '../db/schema/functions.ts';

export interface DesiredFunction {
  providerConfigKey: string;
  type: FunctionType;
  name: string;
  /** The author's version; it decides nothing. */
  label?: string | undefined;
  /** The bundle, CommonJS. */
  js: string;
  /** As the author wrote it. */
  source: string;
  definition: FunctionDefinition;
}

/** Name of a bundle: the same bytes are stored once. */
export const bundleHash = (js: string) => createHash('sha256').update(js).digest('hex');

export interface CurrentVersion {
  bundleHash: string;
  label: string | null;
  source: string;
  definition: FunctionDefinition;
}

export function isUnchanged(current: CurrentVersion, desired: DesiredFunction, hash: string): boolean {
  return (
    current.bundleHash === hash &&
    current.label === (desired.label ?? null) &&
    current.source === desired.source &&
    comparable(current.definition) === comparable(desired.definition)
  );
}

/** Postgres keeps keys in an order of its own. A newer compiler alone makes no new version. */
function comparable({ sdkVersion: _, ...definition }: FunctionDefinition): string {
  return JSON.stringify(definition, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
