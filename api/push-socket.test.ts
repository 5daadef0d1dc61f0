import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { acceptPushSocket, type PushSocket } from './push-socket.ts';

let server: Server;
let port: number;
let accepted: (PushSocket | undefined)[] = [];

beforeAll(async () => {
  server = createServer();
  server.on('upgrade', (request, socket) => accepted.push(acceptPushSocket(request, socket)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  accepted = [];
});
afterAll(() => server.close());

const open = async () => {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  const messages: string[] = [];
  client.addEventListener('message', ({ data }) => messages.push(String(data)));
  await once(client, 'open');
  const closed = new Promise<number>((resolve) => client.addEventListener('close', ({ code }) => resolve(code)));
  return { client, messages, closed, socket: accepted[0]! };
};

it('pushes texts of every length, then says goodbye', async () => {
  const { messages, closed, socket } = await open();
  const texts = ['a', 'ä'.repeat(62), 'b'.repeat(125), 'c'.repeat(126), 'd'.repeat(65_000)];
  for (const text of texts) socket.send(text);
  socket.close();
  expect(await closed).toBe(1000);
  expect(messages).toEqual(texts);
  await socket.closed;
});

it('says why it closes', async () => {
  const { closed, socket } = await open();
  socket.close(1001);
  expect(await closed).toBe(1001);
});

it('hears a client’s goodbye', async () => {
  const { client, closed, socket } = await open();
  client.close(1000);
  await Promise.all([closed, socket.closed]);
});

it('sends nothing to one that is gone', async () => {
  const { client, socket } = await open();
  client.close();
  await socket.closed;
  socket.send('late');
  socket.close();
});

const handshake = (lines: string[]) =>
  `${['GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...lines].join('\r\n')}\r\n\r\n`;
const good = ['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`];

async function talk(text: string, then?: (socket: ReturnType<typeof connect>) => void): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(text);
  if (then) {
    await once(socket, 'data');
    then(socket);
  }
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

it.each([
  ['another version', ['Sec-WebSocket-Version: 7', good[1]!]],
  ['no key', [good[0]!]],
  ['a short key', [good[0]!, 'Sec-WebSocket-Key: AAAA']],
])('refuses a handshake with %s', async (_case, lines) => {
  expect((await talk(handshake(lines))).toString()).toMatch(/^HTTP\/1\.1 400 /);
  expect(accepted).toEqual([undefined]);
});

const masked = (opcode: number, payload: Buffer) => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const body = Buffer.from(payload.map((byte, at) => byte ^ mask[at % 4]!));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, body]);
};

it('answers pings with what they carry, also when they come in pieces', async () => {
  const answer = await talk(handshake(good), (socket) => {
    const ping = masked(0x9, Buffer.from('hello'));
    socket.write(ping.subarray(0, 3));
    setTimeout(() => socket.write(Buffer.concat([ping.subarray(3), masked(0x8, Buffer.alloc(0))])), 20);
  });
  expect(answer.includes(Buffer.concat([Buffer.from([0x8a, 5]), Buffer.from('hello')]))).toBe(true);
});

it.each([
  ['a frame that is not masked', 1002, Buffer.from([0x81, 1, 0x61])],
  ['a frame longer than any that has a meaning here', 1009, Buffer.from([0x82, 0xfe, 0xff, 0xff])],
])('closes at %s with code %i', async (_case, code, bytes) => {
  const answer = await talk(handshake(good), (socket) => socket.write(bytes));
  expect(answer.subarray(-4)).toEqual(Buffer.from([0x88, 2, code >> 8, code & 0xff]));
});
