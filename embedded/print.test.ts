import { expect, it } from 'vitest';
import { createPrint, type PrintOptions } from './print.ts';

const instance = {
  url: 'http://127.0.0.1:3003',
  dashboardUrl: 'http://127.0.0.1:3003/',
  temporalUiUrl: 'http://127.0.0.1:20002',
  temporalAddress: '127.0.0.1:20001',
  databaseUrl: 'postgres://syncline:database-password@127.0.0.1:20000/syncline',
  environments: [{ name: 'dev', id: 'e', secretKey: 'the-secret-key', webhookSigningKey: 'the-signing-key' }],
  processes: [{ name: 'api', pid: 7 }],
};
const printed = (options: Omit<PrintOptions, 'write'>) => {
  let text = '';
  createPrint({ ...options, write: (more) => (text += more) }).ready(instance, {
    instance: '/d/instance.json',
    data: '/d',
  });
  return text;
};

it('shows the keys to the person at a terminal', () => {
  expect(printed({ format: 'people', terminal: true })).toMatch(/Key of dev +the-secret-key/);
});

it.each([{ format: 'people', terminal: false }, { format: 'json' }] as const)(
  'keeps secrets out of a log: %o',
  (options) => {
    const text = printed(options);
    expect(text).not.toMatch(/the-secret-key|the-signing-key|database-password/);
    expect(text).toContain('/d/instance.json');
  },
);

it('writes one JSON object a line, and passes on those of the children', () => {
  const lines: string[] = [];
  const print = createPrint({ format: 'json', write: (line) => lines.push(line) });
  print.step('postgres', 'serves');
  print.line('api', '{"level":"warn","msg":"from the child"}');
  print.line('api', 'plain\u0007text');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['serves', 'from the child', 'plain\u0007text']);
});
