import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createConnector, type Resolve } from './connect.ts';
import { createPolicy, type EgressPolicy } from './policy.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Counts TCP connections: a guard that connects first and asks later is no guard. */
async function canary() {
  const seen = { connections: 0, port: 0 };
  const server = createServer((socket) => {
    seen.connections++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => server.close());
  seen.port = (server.address() as AddressInfo).port;
  return seen;
}

function connect(
  policy: EgressPolicy,
  { hostname, port, addresses = [] }: { hostname: string; port: number; addresses?: string[] },
) {
  const resolve: Resolve = (_name, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  const connector = createConnector(policy, { connectTimeoutMs: 2000, resolve });
  return new Promise<string>((settle) => {
    connector({ hostname, port: String(port), protocol: 'http:' }, (error, socket) => {
      socket?.destroy();
      settle(error === null ? 'connected' : String((error as { code?: string }).code));
    });
  });
}

it('opens no connection when one of several answers is private', async () => {
  const target = await canary();
  const policy = createPolicy([`*:${target.port}`]);
  const addresses = ['127.0.0.1', '93.184.216.34'];
  expect(await connect(policy, { hostname: 'mixed.example', port: target.port, addresses })).toBe('egress_denied');
  expect(target.connections).toBe(0);
});

it('opens no connection to a private literal, for which no look-up is made', async () => {
  const target = await canary();
  expect(await connect(createPolicy([`*:${target.port}`]), { hostname: '127.0.0.1', port: target.port })).toBe(
    'egress_denied',
  );
  expect(target.connections).toBe(0);
});

it('hands out no socket whose peer is not what was checked', async () => {
  const target = await canary();
  let asked = 0;
  const fickle: EgressPolicy = {
    ...createPolicy([]),
    isAllowedPort: () => true,
    isAllowedAddress: () => ++asked === 1,
  };
  expect(await connect(fickle, { hostname: 'flip.example', port: target.port, addresses: ['127.0.0.1'] })).toBe(
    'egress_denied',
  );
  expect(asked).toBe(2);
});

it('takes other ports only for listed networks', async () => {
  const target = await canary();
  const listed = { hostname: 'intern.example', port: target.port, addresses: ['127.0.0.1'] };
  expect(await connect(createPolicy(['127.0.0.0/8']), listed)).toBe('connected');
  expect(await connect(createPolicy([]), { ...listed, addresses: ['93.184.216.34'] })).toBe('egress_denied');
});
