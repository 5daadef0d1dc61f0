// What came out: the failures with what differs, a table by family, and the line that everything else reads.
import type { Verdict } from './judge.ts';
import type { Result } from './replay.ts';

const columns = ['passed', 'differs', 'no route', 'no value', 'left out'] as const satisfies Verdict['kind'][];

/** Differences shown of one line. */
const shown = 6;

export const isFailed = ({ verdict }: Result): boolean => verdict.kind !== 'passed' && verdict.kind !== 'left out';

export function renderReport(results: Result[]): string {
  const failed = results.filter(isFailed);
  const passed = results.filter(({ verdict }) => verdict.kind === 'passed').length;
  return [
    ...failed.map(renderFailure),
    ...(failed.length > 0 ? [''] : []),
    ...renderTable(results),
    `${passed} passed, ${failed.length} failed`,
    '',
  ].join('\n');
}

function renderFailure({ line: { seq, family, name, request }, verdict }: Result): string {
  const head = `FAILED ${seq} ${family} "${name}": ${verdict.kind}`;
  if (verdict.kind === 'no route') return `${head}\n    ${request.method} ${request.path}`;
  if (verdict.kind === 'no value') return `${head}\n    ${verdict.why}`;
  if (verdict.kind !== 'differs') return head;
  const { differences } = verdict;
  const details = differences
    .slice(0, shown)
    .map(({ pointer, expected, got }) => `\n    ${pointer || '(whole body)'}: expected ${expected}, got ${got}`);
  const rest = differences.length > shown ? `\n    and ${differences.length - shown} more` : '';
  return `${head}${details.join('')}${rest}`;
}

function renderTable(results: Result[]): string[] {
  const row = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(14) + cells.map((cell) => String(cell).padStart(10)).join('');
  const counts = (some: Result[]) => columns.map((kind) => some.filter(({ verdict }) => verdict.kind === kind).length);
  const families = Map.groupBy(results, ({ line }) => line.family);
  return [
    row('family', columns),
    ...[...families].map(([family, some]) => row(family, counts(some))),
    row('all', counts(results)),
  ];
}
