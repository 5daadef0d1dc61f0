import { DrizzleQueryError } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { SynclineError } from '../core/errors.ts';
import { createReport } from './report-error.ts';

const failed = new DrizzleQueryError(
  'INSERT INTO t VALUES ($1)',
  ['sk_live_secret'],
  Object.assign(new Error('duplicate key'), { code: '23505' }),
);
const error = new SynclineError('server_error', 'Something broke on our side.', { status: 500, cause: failed });
const report = { requestId: 'r1', method: 'POST', path: '/connections', error };

it.each(['people', 'json'] as const)(
  'names the cause in the form for %s, without the parameters of the statement',
  (log) => {
    const lines: string[] = [];
    createReport({ log, write: (line) => lines.push(line) })(report);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(lines[0]).toContain('23505');
    expect(lines[0]).toContain('r1');
    expect(lines[0]).not.toContain('sk_live_secret');
  },
);
