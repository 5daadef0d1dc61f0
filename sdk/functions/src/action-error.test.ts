import { expect, it } from 'vitest';
import { ActionError } from './action-error.ts';

it('keeps an object payload and takes its message', () => {
  const payload = { type: 'not_found', message: 'No such contact.' };
  const error = new ActionError(payload);
  expect(error).toBeInstanceOf(Error);
  expect(error.type).toBe('action_script_runtime_error');
  expect(error.payload).toBe(payload);
  expect(error.message).toBe('No such contact.');
});

it('wraps a scalar or an array as message, and nothing as an empty payload', () => {
  expect(new ActionError('no').payload).toEqual({ message: 'no' });
  expect(new ActionError(['a']).payload).toEqual({ message: ['a'] });
  expect(new ActionError().payload).toEqual({});
  expect(new ActionError(null).payload).toEqual({});
});
