import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadCatalogue } from '../../providers/load.ts';
import type { OAuth2Credential } from './credential.ts';
import { type Circumstances, judgeOutcome, stateAfterFailure } from './judge-answer.ts';
import { readOAuth2 } from './modes/oauth2.ts';

const provider = loadCatalogue().get('simulator')!;
const old: OAuth2Credential = { type: 'OAUTH2', access_token: 'old', refresh_token: 'r', raw: {} };
const untouched = { refusedAt: null, backoffUntil: null, needsReauthAt: null };
const nowMs = Date.parse('2026-11-20T12:00:00Z');
const about = (changes: Partial<Circumstances> = {}): Circumstances => ({
  row: untouched,
  provider,
  failures: 0,
  nowMs,
  random: () => 0,
  ...changes,
});
const judge = (status: number, body: object, changes: Partial<Circumstances> = {}, before = old) => {
  const bytes = Buffer.from(JSON.stringify(body));
  const raw = { status, contentType: 'application/json', retryAfter: undefined, receivedAt: new Date(nowMs), bytes };
  return judgeOutcome(readOAuth2(raw, { subject: { provider }, before }), raw, about(changes));
};
const refusedBefore = (ms: number) => ({ row: { ...untouched, refusedAt: new Date(nowMs - ms) } });

it('does not count a second refusal within the minute, whoever made the first', () => {
  expect(judge(400, { error: 'invalid_grant' }, refusedBefore(59_999))).toMatchObject({
    outcome: 'refused',
    state: { needsReauthAt: null, refusedAt: new Date(nowMs - 59_999), backoffUntil: new Date(nowMs + 1) },
  });
  expect(judge(400, { error: 'invalid_grant' }, refusedBefore(60_000))).toMatchObject({
    state: { needsReauthAt: new Date(nowMs) },
  });
});

it.each([429, 500, 502, 503])('takes invalid_grant with status %i for a failure of the server', (status) => {
  expect(judge(status, { error: 'invalid_grant' }, refusedBefore(100_000))).toMatchObject({
    outcome: 'failed',
    state: { needsReauthAt: null },
  });
});

it('never takes anything but a refused grant for the end, and keeps when that was first said', () => {
  const statuses = fc.integer({ min: 200, max: 599 });
  fc.assert(
    fc.property(statuses, fc.string(), fc.nat(10_000), (status, error, failures) => {
      fc.pre(error !== 'invalid_grant');
      const verdict = judge(status, { error }, { failures, ...refusedBefore(100_000) });
      expect(verdict).toMatchObject({ state: { needsReauthAt: null, refusedAt: new Date(nowMs - 100_000) } });
    }),
  );
});

it('pauses for 5 seconds to 15 minutes, or as long as it is told', () => {
  const random = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fc.nat(10_000), random, (failures, chance) => {
      const { backoffUntil } = stateAfterFailure(about({ failures, random: () => chance }));
      const pauseMs = backoffUntil!.getTime() - nowMs;
      expect(pauseMs).toBeGreaterThanOrEqual(5000);
      expect(pauseMs).toBeLessThanOrEqual(Math.min(900_000, 10_000 * 2 ** failures));
    }),
  );
  expect(stateAfterFailure(about(), '3600').backoffUntil).toEqual(new Date(nowMs + 3_600_000));
});

it('keeps the old refresh token when the answer has none, and what belongs to the connection', () => {
  const own = { ...old, config_override: { client_id: 'mine' } };
  expect(judge(201, { access_token: 'new' }, {}, own)).toMatchObject({
    renewed: {
      expiresAt: null,
      refreshAt: null,
      credential: { ...own, access_token: 'new', raw: { access_token: 'new' } },
    },
  });
  expect(judge(200, { access_token: 'new', refresh_token: 'r2' })).toMatchObject({
    renewed: { credential: { refresh_token: 'r2' } },
  });
});
