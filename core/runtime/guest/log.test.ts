import { describe, expect, it } from 'vitest';
import { createTestGuest, hostError } from './test-guest.ts';

async function linesOf(...calls: unknown[][]) {
  const { nango, of } = createTestGuest();
  for (const parts of calls) await nango['log'](...parts);
  return of('log').map(({ args }) => args);
}
const lineOf = async (...parts: unknown[]) => (await linesOf(parts))[0];

describe('a line', () => {
  it('is a message, then a payload, then options; each part may be left out', async () => {
    expect(await lineOf('hello')).toEqual({ level: 'info', message: 'hello' });
    expect(await lineOf('hello', { level: 'warn' })).toEqual({ level: 'warn', message: 'hello' });
    expect(await lineOf('hello', { a: 1 })).toEqual({ level: 'info', message: 'hello', payload: { a: 1 } });
    expect(await lineOf('hello', { a: 1 }, { level: 'error' })).toEqual({
      level: 'error',
      message: 'hello',
      payload: { a: 1 },
    });
    expect(await lineOf({ a: 1 })).toEqual({ level: 'info', message: '{"a":1}' });
    expect(await lineOf({ a: 1, level: 'error' })).toEqual({ level: 'error', message: '{"a":1,"level":"error"}' });
    expect(await lineOf('list', ['a', 'b'])).toMatchObject({ payload: { 0: 'a', 1: 'b' } });
    expect(await lineOf(42)).toMatchObject({ message: '42' });
    expect(await lineOf()).toMatchObject({ message: 'undefined' });
  });

  it.each([
    ['verbose', 'debug'],
    ['silly', 'debug'],
    ['http', 'info'],
    ['WARN', 'warn'],
    ['loud', 'info'],
  ])('of level %s is one of %s', async (given, level) => {
    const { nango, of } = createTestGuest(undefined, { logLevel: 'debug' });
    await nango['log']('x', { level: given });
    expect(of('log')[0]!.args['level']).toBe(level);
  });

  it('shows errors, cycles and big integers, which JSON has no words for', async () => {
    const cycle: Record<string, unknown> = { name: 'a' };
    cycle['self'] = cycle;
    const failure = Object.assign(new Error('broken'), { code: 'E1', of: cycle });
    expect(await lineOf('x', failure)).toMatchObject({
      payload: { name: 'Error', message: 'broken', code: 'E1', of: { name: 'a', self: '[circular]' } },
    });
    expect(await lineOf('x', { twice: [cycle, cycle], big: 1n })).toMatchObject({
      payload: { twice: [{ self: '[circular]' }, { self: '[circular]' }], big: '1' },
    });
    expect(await lineOf(new Error('broken'))).toMatchObject({ message: 'broken' });
  });

  it('is cut above 99,000 bytes, in whole characters, and written all the same', async () => {
    const line = (await lineOf('é'.repeat(60_000), { text: 'é'.repeat(60_000) }))!;
    expect(Buffer.byteLength(line['message'] as string)).toBe(99_000);
    const { truncated } = line['payload'] as { truncated: string };
    expect(Buffer.byteLength(truncated)).toBeLessThanOrEqual(99_000);
    expect(truncated.isWellFormed() && truncated.startsWith('{"text":"éé')).toBe(true);
  });

  it('never fails the script', async () => {
    const { nango } = createTestGuest(() => {
      throw hostError('unavailable');
    });
    await nango['log']('x');
    const hostile = {
      toJSON() {
        throw new Error('no');
      },
    };
    await nango['log'](hostile, hostile);
    await nango['log']('x', hostile);
    console.log(hostile, Object.create(null));
  });
});

describe('the threshold', () => {
  it('is info, and the script may move it for what follows', async () => {
    const { nango, of } = createTestGuest();
    await nango['log']('quiet', { level: 'debug' });
    nango['setLogger']({ level: 'debug' });
    await nango['log']('loud', { level: 'debug' });
    nango['setLogger']({ level: 'error' });
    await nango['log']('dropped', { level: 'warn' });
    await nango['log']('last', { level: 'error' });
    nango['setLogger']({ level: 'off' });
    await nango['log']('nothing', { level: 'error' });
    expect(of('log').map(({ args }) => args['message'])).toEqual(['loud', 'last']);
    expect(nango['logger'].level).toBe('off');
  });

  it('comes from the environment, and off is off for good', async () => {
    const warn = createTestGuest(undefined, { logLevel: 'warn' });
    await warn.nango['log']('info');
    await warn.nango['log']('warn', { level: 'warn' });
    expect(warn.of('log')).toHaveLength(1);
    const off = createTestGuest(undefined, { logLevel: 'off' });
    off.nango['setLogger']({ level: 'debug' });
    await off.nango['log']('error', { level: 'error' });
    expect(off.of('log')).toHaveLength(0);
  });

  it('holds for console too', () => {
    const { of } = createTestGuest(undefined, { logLevel: 'warn' });
    console.info('quiet');
    console.warn('loud', { a: 1 }, 2);
    expect(of('log').map(({ args }) => args)).toEqual([{ level: 'warn', message: 'loud {"a":1} 2' }]);
  });
});
