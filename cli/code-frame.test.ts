import { expect, it } from 'vitest';
import { codeFrame } from './code-frame.ts';

const text = 'one\ntwo\n\tthree = 3;\nfour\nfive\nsix';

it('shows two lines around the place and marks it, tabs included', () => {
  expect(codeFrame(text, { line: 3, column: 2 })).toEqual([
    '  1 | one',
    '  2 | two',
    '> 3 | \tthree = 3;',
    '    | \t^',
    '  4 | four',
    '  5 | five',
  ]);
});

it('needs no column, and shows nothing of a place that is not there', () => {
  expect(codeFrame(text, { line: 6 })).toEqual(['  4 | four', '  5 | five', '> 6 | six']);
  expect(codeFrame(text, { line: 7 })).toEqual([]);
  expect(codeFrame('', { line: 3, column: 1 })).toEqual([]);
});
