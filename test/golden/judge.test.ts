import { expect, it } from 'vitest';
import { judge } from './judge.ts';
import type { Answer } from './send.ts';
import type { Line } from './series.ts';

const json = { 'content-type': 'application/json; charset=utf-8' };

const line = (more: Partial<Line> = {}): Line => ({
  seq: 1,
  name: 'a',
  family: 'edge',
  request: { method: 'GET', path: '/a', headers: {} },
  response: { status: 404, headers: json, body: { error: { code: 'not_found', message: 'x' } } },
  compare: 'exact',
  ...more,
});

const answer = (status: number, body: unknown, type = 'application/json'): Answer => ({
  status,
  headers: { 'content-type': type },
  body,
});

const notFound = (more: object = {}) => ({ error: { code: 'not_found', message: 'y', ...more } });

it('passes the same answer, whatever its charset and message, with our own keys in the envelope', () => {
  const ours = answer(404, notFound({ request_id: 'r', hint: 'h' }));
  expect(judge(line(), ours)).toEqual({ kind: 'passed' });
  expect(judge(line(), ours, { strict: true })).toMatchObject({ kind: 'differs', differences: { length: 2 } });
});

it('tells status, media type and body apart', () => {
  const verdict = judge(line(), answer(400, 'nope', 'text/plain'));
  expect(verdict).toMatchObject({
    kind: 'differs',
    differences: [{ pointer: 'status' }, { pointer: 'content-type' }, { pointer: '' }],
  });
});

it('knows an unknown route from an unknown object', () => {
  const noRoute = answer(404, { error: { code: 'not_found', message: 'There is no GET /a.' } });
  const other = line({ response: { status: 200, headers: json, body: {} } });
  expect(judge(other, noRoute)).toEqual({ kind: 'no route' });
  expect(judge(other, answer(404, notFound()))).toMatchObject({ kind: 'differs' });
});

it('asks a line that is not matched for the answer it names instead, by code and by pointer', () => {
  const instead = { status: [400, 404], code: 'not_found', body: { '/error/reason': 'gone' } };
  const unmatched = line({ response: { status: 500, headers: json, body: {} }, notMatched: { why: 'w', instead } });
  expect(judge(unmatched, answer(404, notFound({ reason: 'gone' })))).toEqual({ kind: 'passed' });
  expect(judge(unmatched, answer(404, notFound({ reason: 'x' })))).toMatchObject({
    differences: [{ pointer: '/error/reason' }],
  });
  expect(judge(unmatched, answer(500, {}))).toMatchObject({ kind: 'differs' });
  expect(judge(line({ notMatched: { why: 'w' } }), answer(500, {}))).toEqual({ kind: 'left out', why: 'w' });
});

it('takes an alternative for right', () => {
  const loose = line({ response: { status: 200, headers: json, body: { n: 1 } }, alternatives: [{ status: 400 }] });
  expect(judge(loose, answer(400, notFound()))).toEqual({ kind: 'passed' });
  expect(judge(loose, answer(404, notFound()))).toMatchObject({ kind: 'differs' });
});

it('compares only the envelope where that is asked, and what must be contained', () => {
  const page = line({ compare: 'envelope', response: { status: 200, headers: json, body: { n: 1 } } });
  expect(judge(page, answer(200, { n: 2 }))).toEqual({ kind: 'passed' });
  const contains = { ...page, contains: { '/headers/authorization': 'Bearer x' } };
  expect(judge(contains, answer(200, { headers: { authorization: 'Bearer y' } }))).toMatchObject({
    differences: [{ pointer: '/headers/authorization' }],
  });
});
