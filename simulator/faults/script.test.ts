import { expect, it } from 'vitest';
import { createFaultScript, type FaultRule } from './script.ts';

function fired(rules: FaultRule[], requests: [method: string, path: string][], seed?: number): (string | undefined)[] {
  const script = createFaultScript(seed);
  script.set(rules);
  return requests.map(([method, path]) => script.choose(method, path)?.name);
}

const gets = (count: number): [string, string][] => Array.from({ length: count }, () => ['GET', '/contacts']);

it('fires at the n-th request, at several, and at every n-th', () => {
  expect(fired([{ match: { nth: 2 }, fault: 'html' }], gets(4))).toEqual([undefined, 'html', undefined, undefined]);
  expect(fired([{ match: { nth: [1, 3] }, fault: 'html' }], gets(4))).toEqual(['html', undefined, 'html', undefined]);
  expect(fired([{ match: { everyNth: 2 }, fault: 'html' }], gets(4))).toEqual([undefined, 'html', undefined, 'html']);
});

it('matches method and path, with stars', () => {
  const rules: FaultRule[] = [{ match: { method: 'post', path: '/oauth/*' }, fault: 'empty' }];
  expect(
    fired(rules, [
      ['POST', '/oauth/token'],
      ['GET', '/oauth/token'],
      ['POST', '/oauths'],
    ]),
  ).toEqual(['empty', undefined, undefined]);
});

it('lets the first rule win, counts in all, and stops after its times', () => {
  const rules: FaultRule[] = [
    { fault: 'html', times: 1 },
    { match: { nth: 3 }, fault: 'empty' },
  ];
  expect(fired(rules, gets(4))).toEqual(['html', undefined, 'empty', undefined]);
});

it('repeats its chance with the same seed, at about the rate asked for', () => {
  const rules: FaultRule[] = [{ match: { probability: 0.1 }, fault: 'html' }];
  const one = fired(rules, gets(5000), 4);
  expect(one).toEqual(fired(rules, gets(5000), 4));
  expect(one).not.toEqual(fired(rules, gets(5000), 5));
  expect(one.filter(Boolean).length / 5000).toBeCloseTo(0.1, 1);
});

it.each([
  [{ fault: 'no-such' }, 'Unknown fault "no-such"'],
  [{ fault: { stauts: 500 } }, 'Unknown fault field "stauts"'],
  [{ fault: { status: '500' } }, '"status" cannot be "500"'],
  [{ fault: 'html', match: { pth: '/' } }, 'Unknown match field "pth"'],
])('refuses %j and keeps the old script', (rule, message) => {
  const script = createFaultScript();
  script.set([{ fault: 'html' }]);
  expect(() => script.set([rule as FaultRule])).toThrow(message);
  expect(script.choose('GET', '/')?.name).toBe('html');
});
