import { expect, it } from 'vitest';
import { limitLines } from './limit-lines.ts';

it('passes lines up to the bound, then says once that it does not any more; other calls always', async () => {
  const seen: unknown[] = [];
  const handle = limitLines(async (method, args) => ({ result: seen.push(`${method} ${args['message']}`) }), 2);
  for (const message of ['a', 'b', 'c', 'd']) await handle('log', { message }, Buffer.alloc(0));
  await handle('http', { message: 'e' }, Buffer.alloc(0));
  expect(seen).toEqual(['log a', 'log b', 'log This execution has logged 2 lines: later ones are not kept.', 'http e']);
});
