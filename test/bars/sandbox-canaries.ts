// What an escape would reach on this machine: a file with a secret, a variable of ours, servers, a process. All of it made for
// the bar, and removed after it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Canaries {
  /** In the file, and in the environment of `hostPid`. Whoever says it has been there. */
  secret: string;
  secretFile: string;
  /** Empty at the beginning of each attack. */
  folder: string;
  /** A process of ours whose environment holds the secret. */
  hostPid: number;
  /** TCP on all addresses; UDP; sockets by name and by path. */
  tcpPort: number;
  udpPort: number;
  abstractName: string;
  socketPath: string;
  /** An address of this machine that is not loopback; loopback where it has none. */
  ownAddress: string;
  /** A compiled addon that belongs to an installed package. */
  addon: string | undefined;
}

export interface Watch {
  canaries: Canaries;
  /** What the attack has left a mark on since the last call: names of canaries. */
  marks(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openCanaries(addon: string | undefined): Promise<Watch> {
  const secret = `canary-${crypto.randomUUID()}`;
  const home = mkdtempSync(join(tmpdir(), 'sandbox-bar-'));
  const folder = mkdtempSync(join(home, 'folder-'));
  const secretFile = join(home, 'secret.txt');
  writeFileSync(secretFile, secret);
  const hits: string[] = [];
  const hear = (name: string) => (socket: { destroy(): void }) => {
    hits.push(name);
    socket.destroy();
  };
  const abstractName = `\0${secret}`;
  const socketPath = join(home, 'socket');
  const tcp = createServer(hear('tcp'));
  const servers: Server[] = [tcp, createServer(hear('abstract socket')), createServer(hear('socket'))];
  for (const [index, where] of [{ port: 0, host: '0.0.0.0' }, { path: abstractName }, { path: socketPath }].entries())
    await once(servers[index]!.listen(where), 'listening');
  const udp = createSocket('udp4', () => hits.push('udp'));
  await new Promise<void>((resolve) => udp.bind(0, resolve));
  let victim = startVictim(secret);

  return {
    canaries: {
      secret,
      secretFile,
      folder,
      get hostPid() {
        return victim.pid!;
      },
      tcpPort: (tcp.address() as AddressInfo).port,
      udpPort: udp.address().port,
      abstractName,
      socketPath,
      ownAddress: ownAddress(),
      addon,
    },
    async marks() {
      await new Promise((resolve) => setTimeout(resolve, 20)); // datagrams arrive when they arrive
      const marks = hits.splice(0);
      for (const file of readdirSync(folder)) {
        marks.push(`file ${file}`);
        rmSync(join(folder, file), { recursive: true, force: true });
      }
      if (stateOf(victim.pid!) !== 'sleeping') {
        marks.push('process');
        victim.kill('SIGKILL');
        victim = startVictim(secret);
      }
      return marks;
    },
    async close() {
      victim.kill('SIGKILL');
      udp.close();
      for (const server of servers) server.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const startVictim = (secret: string): ChildProcess =>
  spawn('/bin/sleep', ['600'], { env: { SANDBOX_BAR: secret }, stdio: 'ignore' });

function stateOf(pid: number): 'sleeping' | 'stopped' | 'gone' {
  if (!existsSync(`/proc/${pid}`)) return 'gone';
  const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return state === 'T' ? 'stopped' : state === 'Z' ? 'gone' : 'sleeping';
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
