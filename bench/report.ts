// What a benchmark says: every round, the medians, and one JSON line a figure for a script to compare.

export interface Figure {
  id: string;
  value: number;
  unit: string;
  /** What the public target demands; `min` and `max` are inclusive. */
  target?: { min?: number; max?: number };
  rounds: number[];
  noisy: boolean;
  [detail: string]: unknown;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `rounds` are the single measurements; the figure is their median. */
export function figure(
  id: string,
  rounds: readonly number[],
  { unit, ...more }: { unit: string; target?: Figure['target']; noisy: boolean; [detail: string]: unknown },
): Figure {
  return { id, value: round(median(rounds)), unit, ...more, rounds: rounds.map(round) } as Figure;
}

export const round = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));

export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

export const perSecond = (count: number, ms: number): number => (count / ms) * 1000;

const holds = ({ value, target }: Figure): string => {
  if (target === undefined) return '';
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = target;
  const wanted = target.min !== undefined ? `>= ${target.min}` : `<= ${target.max}`;
  return value >= min && value <= max ? `holds (${wanted})` : `MISSES ${wanted}`;
};

export function printFigures(figures: readonly Figure[]): void {
  console.log('');
  for (const one of figures) {
    const { id, value, unit, rounds, noisy } = one;
    const all = rounds.length > 1 ? `  of ${rounds.join(', ')}` : '';
    const verdict = holds(one);
    console.log(
      `${id.padEnd(30)} ${String(value).padStart(9)} ${unit.padEnd(10)}${verdict && ` ${verdict}`}${noisy ? ' noisy' : ''}${all}`,
    );
  }
  console.log('');
  for (const one of figures) console.log(JSON.stringify(one));
}

/** Measurements by name, in the order they were taken. */
export function createSeries() {
  const all = new Map<string, number[]>();
  return {
    add(id: string, ...values: number[]): void {
      all.set(id, [...(all.get(id) ?? []), ...values]);
    },
    of: (id: string): number[] => all.get(id) ?? [],
    names: (): string[] => [...all.keys()],
  };
}
