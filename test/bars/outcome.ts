// What a bar says in the end.
import type { BarOptions } from './options.ts';

export interface Outcome {
  holds: boolean;
  /** One line, `name=value` by `name=value`: for machines and for the README. */
  figure: string;
}

/** It could not be tried, a tool is missing for instance: never green. */
export interface Skipped {
  skipped: string;
}

export type Bar = (options: BarOptions) => Promise<Outcome | Skipped>;

export const renderFigure = (values: Record<string, string | number>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
