// The twenty escapes. Each is a body that returns what it got; the same body runs once behind the fences, where it must get nothing,
// and once without them, where it must get through: or it would prove nothing.
import type { Canaries } from './sandbox-canaries.ts';

export interface Escape {
  id: string;
  /** `script`: a function that attacks from its realm. `process`: a package that has left it, with all that Node has. */
  as: 'script' | 'process';
  /** Of an async function; `canaries` and `require` are there. Returning the secret or leaving a mark is an escape, `true` too. */
  body: string;
  /** Why it cannot be tried here. */
  missing?(canaries: Canaries): string | undefined;
}

const net = `const answered = (socket) => new Promise((resolve, reject) => { socket.once('connect', () => resolve('connected')); socket.once('error', reject); });`;

export const escapes: readonly Escape[] = [
  {
    id: 'constructor chain',
    as: 'script',
    body: `
      const chains = [() => Buffer.constructor, () => Buffer.from.constructor, () => URL.prototype.toString.constructor,
        () => structuredClone({}).constructor.constructor, () => new TextEncoder().encode('x').constructor.constructor,
        () => { try { new URL('x') } catch (error) { return error.constructor.constructor } }];
      for (const chain of chains) { try { if (typeof chain()('return process')().exit === 'function') return true; } catch {} }`,
  },
  { id: 'require', as: 'script', body: `return require('fs').readFileSync(canaries.secretFile, 'utf8');` },
  {
    id: 'process.binding',
    as: 'script',
    body: `return process.getBuiltinModule('fs').readFileSync(canaries.secretFile, 'utf8') + Object.keys(process.binding('fs'));`,
  },
  { id: 'read a file', as: 'process', body: `return require('fs').readFileSync(canaries.secretFile, 'utf8');` },
  {
    id: '/proc/n/environ',
    as: 'process',
    body: `return require('fs').readFileSync('/proc/' + canaries.hostPid + '/environ', 'latin1');`,
  },
  { id: 'own environment', as: 'process', body: `return process.env;` },
  { id: 'write a file', as: 'process', body: `require('fs').writeFileSync(canaries.folder + '/x', '');` },
  {
    id: 'write a report',
    as: 'process',
    body: `process.report.directory = canaries.folder; process.report.writeReport('report.json'); require('v8').writeHeapSnapshot(canaries.folder + '/heap');`,
  },
  {
    id: 'write a database',
    as: 'process',
    body: `new (require('node:sqlite').DatabaseSync)(canaries.folder + '/db').exec('create table x (y)');`,
  },
  {
    id: 'fork bomb',
    as: 'process',
    body: `return require('child_process').execFileSync('/bin/cat', [canaries.secretFile]).toString();`,
  },
  {
    id: 'worker thread',
    as: 'process',
    body: `
      const { Worker } = require('worker_threads');
      const worker = new Worker("require('worker_threads').parentPort.postMessage(1)", { eval: true });
      return new Promise((resolve, reject) => { worker.once('message', () => resolve(true)); worker.once('error', reject); });`,
  },
  {
    id: 'native addon',
    as: 'process',
    body: `process.dlopen({ exports: {} }, canaries.addon); return true;`,
    missing: ({ addon }) => (addon === undefined ? 'no package with an addon is installed' : undefined),
  },
  {
    id: 'fetch to loopback',
    as: 'process',
    body: `${net} return answered(require('net').connect(canaries.tcpPort, '127.0.0.1'));`,
  },
  {
    id: 'fetch to the network',
    as: 'process',
    body: `await fetch('http://' + canaries.ownAddress + ':' + canaries.tcpPort).catch((error) => { throw error.cause ?? error; });`,
  },
  {
    id: 'datagram',
    as: 'process',
    body: `
      const socket = require('dgram').createSocket('udp4');
      await new Promise((resolve, reject) => socket.send('x', canaries.udpPort, '127.0.0.1', (error) => (error ? reject(error) : resolve())));`,
  },
  {
    id: 'abstract socket',
    as: 'process',
    body: `${net} return answered(require('net').connect({ path: canaries.abstractName }));`,
  },
  {
    id: 'socket by path',
    as: 'process',
    body: `${net} return answered(require('net').connect({ path: canaries.socketPath }));`,
  },
  {
    id: 'listen',
    as: 'process',
    // Whoever asks from outside would be answered; the bar asks.
    body: `
      const server = require('http').createServer((_, response) => response.end(canaries.secret));
      await new Promise((resolve, reject) => { server.once('error', reject); server.listen(0, '127.0.0.1', resolve); });
      return { listening: server.address().port };`,
  },
  {
    id: 'debugger',
    as: 'process',
    body: `
      require('inspector').open(0, '127.0.0.1');
      return { listening: Number(new URL(require('inspector').url()).port) };`,
  },
  { id: 'SIGSTOP', as: 'process', body: `process.kill(canaries.hostPid, 'SIGSTOP');` },
];
