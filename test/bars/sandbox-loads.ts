// What a run may do to itself and to nobody else: endless work, floods, its own death. It ends, as it is documented, in time;
// the neighbours and the host do not notice.
export interface Load {
  id: string;
  as: 'script' | 'process';
  body: string;
  /** Types that the run may end with; `output` for one that ends well. */
  ends: readonly string[];
  /** CPU time that it gets; by default too much to matter. */
  computingMs?: number;
  /** With its limit lifted it is still at work, or ends well: the limit is what ended it. */
  lifted?: { computingMs: number } | { heapMb: number };
}

const out = ['function_runtime_out_of_memory'];
const ended = ['function_runtime_other'];

export const loads: readonly Load[] = [
  {
    id: 'while (true)',
    as: 'script',
    body: `for (;;);`,
    computingMs: 300,
    ends: ['function_runtime_timed_out'],
    lifted: { computingMs: 60_000 },
  },
  {
    id: 'microtasks',
    as: 'script',
    body: `for (;;) await null;`,
    computingMs: 300,
    ends: ['function_runtime_timed_out'],
    lifted: { computingMs: 60_000 },
  },
  {
    id: 'heap',
    as: 'script',
    body: `const kept = []; for (let n = 0; n < 4e6; n++) kept.push({ n, text: 'x' + n }); return kept.length;`,
    ends: out,
    lifted: { heapMb: 2_000 },
  },
  {
    id: 'buffers',
    as: 'script',
    body: `const kept = []; for (let n = 0; n < 40; n++) kept.push(Buffer.alloc(16e6, 1)); return kept.length;`,
    ends: out,
    lifted: { heapMb: 2_000 },
  },
  {
    id: 'Array(1e9)',
    as: 'script',
    body: `return new Array(1e9).fill(0).length;`,
    ends: out,
  },
  {
    id: 'promises',
    as: 'script',
    body: `const kept = []; for (;;) kept.push(Promise.resolve([]).then(() => kept));`,
    ends: out,
  },
  { id: 'calls', as: 'script', body: `for (;;) void nango.log('x');`, ends: out },
  {
    id: 'stack',
    as: 'script',
    body: `const deeper = () => deeper() + 1; return deeper();`,
    ends: ['script_internal_error'],
  },
  { id: 'output', as: 'script', body: `return 'x'.repeat(3e6);`, ends: ['script_output_too_large'] },
  {
    id: 'log',
    as: 'script',
    body: `for (let n = 0; n < 20_000; n++) void nango.log('x'); return 1;`,
    ends: ['output'],
  },
  {
    id: 'timers',
    as: 'script',
    body: `for (let n = 0; n < 10_000; n++) setInterval(() => nango.log('late'), 1); return 1;`,
    ends: ['output'],
  },
  { id: 'unhandled rejection', as: 'script', body: `void Promise.reject(new Error('x')); return 1;`, ends: ['output'] },
  {
    id: 'uncaught error',
    as: 'script',
    body: `setTimeout(() => { throw new Error('x'); }); await new Promise(() => {});`,
    ends: ['script_internal_error'],
  },
  {
    id: 'Atomics.wait',
    as: 'script',
    body: `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); return 1;`,
    ends: ['output', 'script_internal_error'],
  },
  { id: 'process.exit', as: 'process', body: `process.exit();`, ends: ended },
  { id: 'abort', as: 'process', body: `process.abort();`, ends: ended },
  { id: 'garbage', as: 'process', body: `pipe.write(require('crypto').randomBytes(1e6));`, ends: ended },
  {
    id: 'huge message',
    as: 'process',
    body: `const head = Buffer.alloc(8); head.writeUInt32BE(0x7fffffff, 0); pipe.write(head); for (let n = 0; n < 80; n++) pipe.write(Buffer.alloc(1e6));`,
    ends: ended,
  },
  { id: 'closed pipe', as: 'process', body: `pipe.destroy(); setInterval(() => {}, 1e3);`, ends: ended },
  {
    id: 'never reads',
    as: 'process',
    body: `pipe.pause(); let id = 0; setInterval(() => { for (let n = 0; n < 50; n++) send({ t: 'call', id: ++id, method: 'big', args: {} }); }, 5);`,
    ends: ended,
  },
];
