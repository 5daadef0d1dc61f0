import { expect, it } from 'vitest';
import { parseOutput } from './typecheck.ts';

it('reads places, and the lines that explain', () => {
  const output = [
    "../p/a/syncs/x.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    '  Because of this.',
    "../p/b.ts(1,1): error TS2578: Unused '@ts-expect-error' directive.",
    'error TS5083: Cannot read file.',
    '',
  ].join('\n');
  expect(parseOutput(output, '/w', '/p')).toEqual([
    {
      severity: 'error',
      code: 'TS2322',
      message: "Type 'string' is not assignable to type 'number'.\n  Because of this.",
      file: 'a/syncs/x.ts',
      line: 3,
      column: 7,
    },
    { severity: 'error', code: 'TS5083', message: 'Cannot read file.' },
  ]);
});
