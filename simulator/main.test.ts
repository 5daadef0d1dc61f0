import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';

const start = (...args: string[]) => fork(new URL('./main.ts', import.meta.url), args, { silent: true, execArgv: [] });

it('takes its port from the environment when no argument names one', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  const env = { ...process.env, SYNCLINE_SIMULATOR_PORT: String(port) };
  const child = fork(new URL('./main.ts', import.meta.url), [], { silent: true, execArgv: [], env });
  expect((await once(child, 'message'))[0]).toEqual({ type: 'ready', url: `http://127.0.0.1:${port}` });
  child.kill('SIGTERM');
  await once(child, 'exit');
});

it('tells its parent when it serves, and exits 0 on SIGTERM', async () => {
  const child = start('--port', '0', '--records', '12', '--seed', '4');
  const [message] = (await once(child, 'message')) as [{ type: string; url: string }];
  expect(message).toMatchObject({ type: 'ready' });
  const summary = await (await fetch(`${message.url}/__control/dataset`)).json();
  expect(summary).toMatchObject({ live: 12, seed: 4 });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('says in one sentence that the port is in use', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const child = start('--port', String((taken.address() as AddressInfo).port));
  let said = '';
  child.stderr?.on('data', (part) => (said += part));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said).toBe('The port is in use. Pass another with --port, or stop the other process.\n');
  taken.close();
});
