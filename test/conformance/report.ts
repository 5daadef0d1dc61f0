// What came out: the JSON report, a table of causes, and the line that everything else reads.
import { writeFileSync } from 'node:fs';
import type { Mode } from './corpus.ts';
import type { PairResult } from './run-pair.ts';

export function writeReport(
  file: string,
  { mode, results, ms }: { mode: Mode; results: PairResult[]; ms: number },
): void {
  const failed = results.filter(({ passed }) => !passed).length;
  const report = { mode, passed: results.length - failed, failed, ms, causes: causesOf(results), pairs: results };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** The text before the first colon is the cause; a pair counts once under the first it has. */
function causesOf(results: PairResult[]): Record<string, number> {
  const causes = results.flatMap(({ why }) =>
    why[0] === undefined ? [] : [(why[0].split(':')[0] ?? '').slice(0, 80)],
  );
  const counts = Map.groupBy(causes, (cause) => cause);
  return Object.fromEntries(
    [...counts].map(([cause, all]) => [cause, all.length] as const).sort((a, b) => b[1] - a[1]),
  );
}

export function renderSummary(results: PairResult[]): string {
  const failed = results.filter(({ passed }) => !passed);
  const causes = Object.entries(causesOf(failed)).map(([cause, count]) => `${String(count).padStart(5)}  ${cause}\n`);
  const details = failed.map(
    ({ id, why }) =>
      `  ${id}\n${why
        .slice(0, 3)
        .map((text) => `      ${text.slice(0, 300)}\n`)
        .join('')}`,
  );
  const confirmed = results.filter(({ passed, confirmed: models }) => passed && models).length;
  const note = `${confirmed} of the passed have deletes that the guard held until they were confirmed.\n`;
  const parts = failed.length === 0 ? [] : ['Failed:\n', ...details, '\nCauses:\n', ...causes, '\n'];
  return `${parts.join('')}${confirmed > 0 ? note : ''}${results.length - failed.length} passed, ${failed.length} failed\n`;
}
