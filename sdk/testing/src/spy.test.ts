import { describe, expect, it, vi } from 'vitest';
import { createSpy } from './index.ts';

describe('vitest takes it for its own', () => {
  it('in assertions', async () => {
    const spy = createSpy('save', async (value: number) => value * 2);
    expect(spy).not.toHaveBeenCalled();
    expect(vi.isMockFunction(spy)).toBe(true);
    await spy(2, 'x');
    await spy(3);
    expect(spy).toHaveBeenCalledTimes(2);
    expect(spy).toHaveBeenNthCalledWith(1, 2, 'x');
    expect(spy).toHaveBeenLastCalledWith(3);
    expect(spy).toHaveResolvedWith(4);
    expect(spy).toHaveLastResolvedWith(6);
    expect(spy.mock.lastCall).toEqual([3]);
    expect(() => expect(spy).toHaveBeenCalledWith(9)).toThrow(/save/);
  });

  it('in spyOn, which watches it without changing it', async () => {
    const mock = { save: createSpy('save', () => 'saved') };
    const watched = vi.spyOn(mock, 'save');
    expect(mock.save(1)).toBe('saved');
    expect(watched.mock.calls).toEqual([[1]]);
  });
});

it('answers what it is told, once or for good, until it is reset', async () => {
  const spy = createSpy('read', () => 'original');
  spy.mockReturnValue('always').mockReturnValueOnce('once').mockResolvedValueOnce('promised');
  expect([spy(), await spy(), spy()]).toEqual(['once', 'promised', 'always']);
  spy.mockRejectedValue(new Error('No.'));
  await expect(spy()).rejects.toThrow('No.');
  spy.mockImplementation((value: number) => value + 1);
  expect(spy(1)).toBe(2);
  spy.mockClear();
  expect(spy.mock.calls).toEqual([]);
  expect(spy(1)).toBe(2);
  expect(spy.mockReset()()).toBe('original');
});

it('remembers what was thrown', () => {
  const spy = createSpy('fail', () => {
    throw new Error('No.');
  });
  expect(() => spy()).toThrow('No.');
  expect(spy).toThrow('No.');
  expect(spy.mock.results[0]).toMatchObject({ type: 'throw' });
});
