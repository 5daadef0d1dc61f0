import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallHandler, Guest } from './guest-process.ts';
import { runScript, startGuest, startHostile, testLimits } from './test-guests.ts';

/** One run, in a process of its own. */
async function alone(body: string, handle?: CallHandler) {
  const guest = await startGuest();
  const from = performance.now();
  const outcome = await runScript(guest, body, { ...(handle && { handle }) });
  const ms = performance.now() - from;
  const reusable = await guest.renewed();
  guest.kill();
  return { outcome, ms, reusable };
}

const failing = (type: string) => ({ failure: { type } });

describe('a script that takes too much', () => {
  it.each([
    ['of the heap', `const kept = []; for (;;) kept.push({ at: kept.length, text: 'x'.repeat(100) + kept.length });`],
    ['by an array', `return new Array(1e9).fill(0).length;`],
    [
      'by a string',
      `let text = 'x'; const kept = []; for (;;) { text += text.slice(0, 1e6) + 'y'; kept.push(JSON.stringify(text)); }`,
    ],
    [
      'by buffers, which are not in the heap',
      `const kept = []; for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));`,
    ],
    ['by typed arrays', `const kept = []; for (;;) kept.push(new Float64Array(4e6).fill(1));`],
    ['by promises', `const kept = []; for (;;) kept.push(Promise.resolve([kept.length]).then((x) => [x, x]));`],
    ['by calls that nobody awaits', `for (;;) nango.get({ endpoint: '/x' }).catch(() => {});`],
  ])('%s is ended as out of memory', async (_what, body) => {
    const { outcome } = await alone(body);
    expect(outcome).toMatchObject(failing('function_runtime_out_of_memory'));
  });

  it('of the stack is told so, and the process goes on', async () => {
    const { outcome, reusable } = await alone(`const deeper = (n) => deeper(n + 1) + 1; return deeper(0);`);
    expect(outcome).toMatchObject({ failure: { type: 'script_internal_error', payload: { name: 'RangeError' } } });
    expect(reusable).toBe(true);
  });

  it('of the stack in the middle of calls ends, one way or the other', async () => {
    const { outcome } = await alone(
      `const deeper = (n) => { void nango.log('at ' + n); return deeper(n + 1) + 1; }; return deeper(0);`,
    );
    expect(['script_internal_error', 'function_runtime_other', 'function_runtime_out_of_memory']).toContain(
      'failure' in outcome && outcome.failure.type,
    );
  });

  it('of the output is refused', async () => {
    const { outcome, reusable } = await alone(`return 'x'.repeat(2_000_001);`);
    expect(outcome).toEqual({
      failure: {
        type: 'script_output_too_large',
        message: expect.any(String),
        payload: { size: 2_000_003, max: 2_000_000, stacktrace: [expect.stringContaining('    at exec (')] },
        frames: [expect.stringContaining('at exec (')],
      },
    });
    expect(reusable).toBe(true);
  });

  it('of the log is not heard any more', async () => {
    let lines = 0;
    let last: unknown;
    const { outcome } = await alone(
      `for (let n = 0; n < 30_000; n++) void nango.log('line ' + n); return 'done';`,
      async (_, args) => {
        lines++;
        last = args['message'];
        return {};
      },
    );
    expect(outcome).toEqual({ output: 'done' });
    expect(lines).toBe(10_001);
    expect(last).toBe('This execution has logged 10000 lines: later ones are not kept.');
  });

  it('of the host’s attention is read no faster than its calls are done', async () => {
    let open = 0;
    let most = 0;
    const { outcome } = await alone(
      `await Promise.all(Array.from({ length: 3_000 }, () => nango.get({ endpoint: '/x' }))); return 'done';`,
      async () => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 5));
        open--;
        return { result: { status: 200, statusText: '', headers: {}, url: 'x' } };
      },
    );
    expect(outcome).toEqual({ output: 'done' });
    // A chunk that was read already holds some more.
    expect(most).toBeLessThan(1_500);
  });

  it('of a core without asking anything of its host is ended, by the CPU time it took', async () => {
    const guest = await startGuest({ limits: { ...testLimits, computingMs: 400 } });
    const outcome = await runScript(guest, `await nango.log('before');\nfor (;;);`);
    const message = expect.stringContaining('computed for 0.4 seconds');
    const at = expect.stringMatching(/^ {4}at exec \(crm\/actions\/try\.js:3:\d+\)$/);
    expect(outcome).toMatchObject({
      failure: { type: 'function_runtime_timed_out', message, payload: { stacktrace: [message, at] } },
    });
    expect(guest.dead).toBe(true);
  });

  it('but only waits is not', async () => {
    const guest = await startGuest({ limits: { ...testLimits, computingMs: 400 } });
    const outcome = await runScript(
      guest,
      `await new Promise((resolve) => setTimeout(resolve, 1_500)); return 'slept';`,
    );
    guest.kill();
    expect(outcome).toEqual({ output: 'slept' });
  });
});

describe('a script that is ended from outside', () => {
  const deeper = `const deeper = (n) => {\n if (n > 0) deeper(n - 1);\n for (;;);\n};`;
  it.each([
    ['a loop', `${deeper}\ndeeper(1);`, ['at deeper (x.js:5', 'at deeper (x.js:4', 'at exec (x.js:7']],
    ['a loop of nothing but awaits, which has no stack either', `for (;;) await null;`, []],
    ['a regular expression', `return /^(a+)+$/.test('a'.repeat(40) + 'b');`, ['at exec (x.js:3']],
    [
      'a loop that was begun late',
      `setTimeout(function late() { for (;;); }, 1);\nawait new Promise(() => {});`,
      ['at late (x.js:3'],
    ],
    ['a promise that never comes, which has no stack', `await new Promise(() => {});`, []],
  ])('tells its place in %s', async (_what, body, places) => {
    const guest = await startGuest();
    void runScript(guest, `void nango.log('begun');\n${body}`, {
      file: 'x.js',
      handle: async () => begun.resolve({}) ?? {},
    });
    const begun = Promise.withResolvers<object>();
    await begun.promise;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const found = await guest.locate();
    expect(found.map((line) => line.trim())).toEqual(places.map((place) => expect.stringContaining(place)));
    expect(guest.dead).toBe(true);
    await expect.poll(() => existsSync(`/proc/${guest.pid}`)).toBe(false);
  });

  it('and that has none to tell is ended all the same', async () => {
    const guest = await startHostile(`process.on('SIGINT', () => {}); for (;;);`);
    void runScript(guest, '');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await guest.locate()).toEqual([]);
    expect(await guest.locate()).toEqual([]); // as is one that is dead
    expect(guest.dead).toBe(true);
  });
});

describe('beside others', () => {
  let neighbour: Guest;
  beforeAll(async () => {
    neighbour = await startGuest();
  });
  afterAll(() => neighbour.kill());

  it.each([
    ['computes without end', `for (;;);`],
    ['starves its event loop', `for (;;) await null;`],
    [
      'kills its realm',
      `for (const key of Reflect.ownKeys(globalThis)) { try { delete globalThis[key]; } catch {} } for (;;);`,
    ],
  ])('a script that %s slows nobody, and is gone when it is killed', async (_what, body) => {
    const spinning = await startGuest();
    void runScript(spinning, body);
    for (let n = 0; n < 5; n++) {
      expect(await runScript(neighbour, `return ${n}`)).toEqual({ output: n });
      expect(await neighbour.renewed()).toBe(true);
    }
    const from = performance.now();
    spinning.kill();
    while (existsSync(`/proc/${spinning.pid}`) && performance.now() - from < 5_000) await new Promise(setImmediate);
    expect(existsSync(`/proc/${spinning.pid}`)).toBe(false);
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  it('guests end with their host, also while they spin', async () => {
    const host = new URL('./spinning-host.test-process.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [host], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 5_000 }).toBe(false);
  });
});

describe('a process in the hands of somebody else', () => {
  const huge = `const head = Buffer.alloc(8); head.writeUInt32BE(0xfffffff0, 0); pipe.write(head);`;
  it.each([
    ['writes garbage', `pipe.write(Buffer.from('this is no frame at all, is it?'));`, 'frame of'],
    ['announces a frame of 4 GB', huge, 'a frame of 4294967280 bytes'],
    [
      'sends a header longer than its frame',
      `const head = Buffer.alloc(8); head.writeUInt32BE(8, 0); head.writeUInt32BE(90, 4); pipe.write(Buffer.concat([head, Buffer.alloc(4)]));`,
      'header',
    ],
    [
      'sends 30 MB as a header',
      `send({ t: 'call', id: 1, method: 'log', args: { message: 'x'.repeat(30e6) } });`,
      'header',
    ],
    [
      'sends no JSON',
      `const head = Buffer.alloc(8); head.writeUInt32BE(6, 0); head.writeUInt32BE(2, 4); pipe.write(Buffer.concat([head, Buffer.from('{x')]));`,
      'JSON',
    ],
    ['sends null', `send(null);`, 'none'],
    ['sends a call without arguments', `send({ t: 'call', id: 1, method: 'log' });`, 'none'],
    ['sends a call that is a list', `send([{ t: 'call' }]);`, 'none'],
    ['fails without a reason', `send({ t: 'failed', error: { type: 1 } });`, 'none'],
    ['fails with 2 MB of it', `send({ t: 'failed', error: { type: 'x', message: 'y'.repeat(2e6) } });`, 'none'],
    ['is ready in the middle of a run', `send({ t: 'ready', spent: false });`, 'out of turn'],
    ['closes its pipe and goes on', `pipe.destroy(); setInterval(() => {}, 1000);`, 'closed its pipe'],
    ['exits', `process.exit(3);`, 'exit 3'],
    ['aborts', `process.abort();`, 'SIG|closed its pipe'],
  ])('that %s loses its run and no more', async (_what, attack, why) => {
    const guest = await startHostile(attack);
    const outcome = await runScript(guest, '');
    expect(outcome).toMatchObject({
      failure: {
        type: 'function_runtime_other',
        message: expect.stringMatching(new RegExp(`process ended .*(${why})`)),
      },
    });
    expect(guest.dead).toBe(true);
  });

  it('that never reads is not written to for ever', async () => {
    const guest = await startHostile(
      `pipe.pause(); let id = 0; const ask = () => { for (let n = 0; n < 50; n++) send({ t: 'call', id: ++id, method: 'http', args: {} }); setTimeout(ask, 5); }; ask();`,
    );
    const body = Buffer.alloc(4 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    const outcome = await runScript(guest, '', { handle: async () => ({ result: {}, body }) });
    expect(outcome).toMatchObject({ failure: { message: expect.stringContaining('does not read') } });
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
  });

  it('that answers more than it may is told so', async () => {
    const guest = await startHostile(`send({ t: 'done' }, Buffer.alloc(3_000_000, 'x'));`);
    expect(await runScript(guest, '')).toMatchObject(failing('script_output_too_large'));
    guest.kill();
  });

  it('cannot call what is no call, by the names of an object’s own members', async () => {
    const asked: string[] = [];
    const guest = await startHostile(
      `for (const method of ['__proto__', 'constructor', 'toString']) send({ t: 'call', id: 1, method, args: {} }); setTimeout(() => report('ok'), 50);`,
    );
    await runScript(guest, '', { handle: async (method) => ({ result: asked.push(method) }) });
    guest.kill();
    expect(asked).toEqual(['__proto__', 'constructor', 'toString']); // handle-calls refuses what it does not own
  });

  it('does not meet answers to an earlier run', async () => {
    const guest = await startGuest();
    const { promise: late, resolve } = Promise.withResolvers<{ result: unknown }>();
    await runScript(guest, `void nango.get({ endpoint: '/x' }); throw new Error('over');`, { handle: () => late });
    expect(await guest.renewed()).toBe(true);
    const next = runScript(guest, `return (await nango.get({ endpoint: '/y' })).data;`, {
      handle: async () => ({
        result: { status: 200, statusText: '', headers: {}, url: 'y' },
        body: Buffer.from('"own"'),
      }),
    });
    resolve({ result: { status: 200, statusText: '', headers: {}, url: 'x' } });
    expect(await next).toEqual({ output: 'own' });
    guest.kill();
  });
});
