import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as zod from 'zod';
import type { Guest } from './guest-process.ts';
import { runScript, startGuest } from './test-guests.ts';

let guest: Guest;
beforeAll(async () => {
  guest = await startGuest();
});
afterAll(() => guest.kill());

/** Each in a realm of its own, all in one process. */
async function run(body: string): Promise<unknown> {
  const outcome = await runScript(guest, body);
  expect(await guest.renewed()).toBe(true);
  return 'output' in outcome ? outcome.output : outcome.failure;
}

describe('two runs in one process', () => {
  it('share no global, no prototype and no module', async () => {
    await run(`
      globalThis.left = 1;
      Object.prototype.left = Array.prototype.left = Promise.prototype.left = Error.prototype.left = 1;
      z.left = require('zod').left = require('nango').left = 1;
      z.config({ customError: () => 'left' });
      process.env.LEFT = '1';
      JSON.parse = () => 'left';
      globalThis.URL = undefined;
      return 1;`);
    const seen = await run(`
      const issues = z.string().safeParse(1).error.issues;
      return [typeof left, ({}).left, [].left, Promise.resolve().left, new Error('x').left, z.left, require('zod').left,
        require('nango').left, issues[0].message, process.env.LEFT, JSON.parse('1'), typeof URL];`);
    expect(seen).toEqual([
      'undefined',
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      'Invalid input: expected string, received number',
      null,
      1,
      'function',
    ]);
  });

  it('leave nothing in what is Node’s, because that is frozen', async () => {
    const roots = `[Buffer, Buffer.prototype, Object.getPrototypeOf(Buffer.prototype), URL.prototype, Headers.prototype,
      Object.getPrototypeOf(Object.getPrototypeOf(new URL('http://a.example'))), require('crypto'), require('util').inspect,
      require('events').prototype, require('stream').Readable, require('stream').Transform.prototype, AbortSignal, crypto.subtle,
      require('crypto').createHash('sha1').constructor.prototype, require('events'), require('buffer').constants]`;
    expect(
      await run(`return ${roots}.map((root, at) => Reflect.set(root, 'left', 1) && at).filter((set) => set !== false)`),
    ).toEqual([]);
    expect(await run(`return ${roots}.filter((root) => root.left !== undefined).length`)).toBe(0);
    await run(`require('events').defaultMaxListeners = 77; require('util').inspect.defaultOptions.depth = 0; return 1`);
    expect(
      await run(`return [require('events').defaultMaxListeners, require('util').inspect({ a: { b: { c: 1 } } })]`),
    ).toEqual([10, '{ a: { b: { c: 1 } } }']);
  });

  it('have no timer of the other: none fires after its run', async () => {
    await run(`
      globalThis.fired = 0;
      const fire = () => { nango.log('fired'); };
      setTimeout(fire, 1); setInterval(fire, 1); setImmediate(() => setImmediate(fire));
      require('timers').setTimeout(fire, 2);
      return 1;`);
    const lines: unknown[] = [];
    await runScript(guest, `await new Promise((resolve) => setTimeout(resolve, 50));`, {
      handle: async (method, args) => {
        lines.push(method, args);
        return {};
      },
    });
    expect(await guest.renewed()).toBe(true);
    expect(lines).toEqual([]);
  });
});

describe('a script finds', () => {
  it('errors and buffers to be of its own realm, those that Node makes too', async () => {
    const answer = await run(`
      const thrown = (work) => { try { work(); } catch (error) { return error; } };
      const invalid = thrown(() => new URL('no url'));
      const range = thrown(() => Buffer.alloc(-1));
      class Own extends Error {}
      const bytes = Buffer.from('abc');
      return [
        invalid instanceof Error, invalid instanceof TypeError, invalid instanceof RangeError, invalid instanceof Own,
        range instanceof RangeError, new Own('x') instanceof Error, new Own('x') instanceof Own, Error.isError(invalid),
        bytes instanceof Uint8Array, bytes instanceof Buffer, bytes.buffer instanceof ArrayBuffer, Buffer.isBuffer(bytes),
        new Uint8Array(1) instanceof Uint8Array, structuredClone(new Map()) instanceof Map,
        (await new Response('[1]').json()) instanceof Array, {} instanceof Object, bytes instanceof Date,
      ];`);
    expect(answer).toEqual([
      ...[true, true, false, false],
      ...[true, true, true, true],
      ...[true, true, true, true],
      ...[true, true],
      ...[true, true, false],
    ]);
  });

  it('axios-like errors and ActionErrors to be errors', async () => {
    const { output } = (await runScript(
      guest,
      `const failed = await nango.get({ endpoint: '/x' }).catch((error) => error);
       const own = new nango.ActionError({ message: 'x' });
       return [failed instanceof Error, failed.isAxiosError, failed.response.status, own instanceof Error, own instanceof nango.ActionError];`,
      { handle: async () => ({ result: { status: 404, statusText: '', headers: {}, url: 'x' } }) },
    )) as { output: unknown };
    expect(await guest.renewed()).toBe(true);
    expect(output).toEqual([true, true, 404, true, true]);
  });

  it('a process that tells nothing of the real one', async () => {
    const members = await run(
      `return [Object.keys(process).sort(), process.env, process.argv, process.cwd(), typeof process.exit]`,
    );
    expect(members).toEqual([
      'addListener arch argv cwd emit emitWarning env execArgv hrtime listenerCount listeners nextTick off on once pid platform removeListener title uptime version versions'.split(
        ' ',
      ),
      {},
      [],
      '/',
      'undefined',
    ]);
  });

  it('timers that work as Node’s do', async () => {
    const answer = await run(`
      const order = [];
      const sleep = require('util').promisify(setTimeout);
      const never = setTimeout(() => order.push('never'), 1);
      clearTimeout(never);
      clearTimeout(+setTimeout(() => order.push('never by number'), 1));
      setTimeout((...args) => order.push(args), 1, 'a', 'b');
      let ticks = 0;
      const interval = setInterval(() => { if (++ticks === 2) clearInterval(interval); }, 1);
      const late = setTimeout(() => order.push('refreshed'), 5).unref().ref();
      late.refresh();
      setImmediate(() => order.push('immediate'));
      process.nextTick(() => order.push('tick'));
      order.push(await sleep(30, 'slept'));
      let refused; try { setTimeout('code'); } catch (error) { refused = error.code; }
      return [order, ticks, refused];`);
    const [order, ticks, refused] = answer as [unknown[], number, string];
    expect(order[0]).toBe('tick');
    expect(order.map(String).sort()).toEqual(['a,b', 'immediate', 'refreshed', 'slept', 'tick']);
    expect([ticks, refused]).toEqual([2, 'ERR_INVALID_ARG_TYPE']);
  });

  it('zod as it is published, one copy under all of its names', async () => {
    const answer = await run(`
      const names = ['zod', 'zod/v4', 'zod/v4/core'].map(require);
      return [Object.keys(names[0]).sort(), names[0].z === names[1].z, names[0].default === z, names[0].__esModule,
        z.core.$ZodType === names[2].$ZodType, z.object({ a: z.string() }) instanceof z.ZodObject,
        Object.keys(z.core).length, Object.keys(z.locales).length, Object.keys(z.regexes).length, Object.keys(z.iso).sort(),
        z.fromJSONSchema({ type: 'string' }).safeParse('x').success, z.locales.de().localeError !== undefined];`);
    const [exports, ...rest] = answer as [string[], ...unknown[]];
    expect(exports).toEqual(Object.keys(zod).sort());
    const counts = [zod.core, zod.locales, zod.regexes].map((namespace) => Object.keys(namespace).length);
    expect(rest).toEqual([true, true, true, true, true, ...counts, Object.keys(zod.iso).sort(), true, true]);
  });

  it('the modules that need no socket, file or process, and is told which those are', async () => {
    const allowed =
      'assert buffer crypto events path punycode querystring stream string_decoder timers url util zlib nango syncline @syncline/functions zod unzipper';
    expect(
      await run(
        `return '${allowed}'.split(' ').map(require).concat(require('node:crypto')).every((found) => found) && require('node:url') === require('url')`,
      ),
    ).toBe(true);
    const refused =
      'fs node:fs http net child_process worker_threads vm module process os dns tls inspector v8 async_hooks lodash axios node:zod ./x';
    const errors = (await run(
      `return '${refused}'.split(' ').map((name) => { try { require(name); return name; } catch (error) { return [error.code, error.message]; } })`,
    )) as [string, string][];
    for (const [at, [code, message]] of errors.entries()) {
      expect([code, message]).toEqual([
        'module_not_allowed',
        expect.stringMatching(new RegExp(`'${refused.split(' ')[at]}' is not available .*crypto.*zlib`)),
      ]);
    }
    expect(await run(`return import('node:fs')`)).toMatchObject({
      type: 'script_internal_error',
      payload: { code: 'module_not_allowed' },
    });
  });

  it('eval in its own realm, and none by way of what Node lends', async () => {
    expect(await run(`return eval('1 + 1') + new Function('return 40')()`)).toBe(42);
    const chains = `Buffer.constructor|Buffer.from.constructor|URL.constructor|setTimeout(() => {}, 0).ref.constructor|crypto.subtle.digest.constructor|Object.getPrototypeOf(async () => {}).constructor|require('events').once.constructor|(await crypto.subtle.digest('SHA-1', Buffer.alloc(1))).constructor.constructor`;
    expect(
      await run(`
        const found = [];
        for (const chain of ${JSON.stringify(chains.split('|'))}) {
          const make = await eval('(async () => ' + chain + ')()');
          let reached; try { reached = await make('return typeof process === "undefined" ? undefined : process')(); } catch (error) { reached = error.name; }
          found.push(reached === process || reached === 'EvalError');
        }
        return found;`),
    ).toEqual(chains.split('|').map(() => true));
  });

  it('classes of Node that it can extend, in the old way too', async () => {
    expect(
      await run(`
        const { EventEmitter } = require('events');
        const { Readable, Transform, pipeline } = require('stream');
        function Old() { EventEmitter.call(this); this.name = 'old'; }
        require('util').inherits(Old, EventEmitter);
        Old.prototype.emit = function emit(...args) { return ['own', ...args]; };
        class Upper extends Transform { _transform(chunk, _, done) { done(null, String(chunk).toUpperCase()); } }
        const out = [];
        for await (const chunk of Readable.from(['a', 'b']).pipe(new Upper())) out.push(String(chunk));
        const error = new URIError('x'); error.name = 'Mine'; error.message = 'y';
        let caught; try { Buffer.alloc(-1); } catch (thrown) { thrown.message = 'changed'; caught = String(thrown); }
        const zlib = require('zlib');
        return [new Old().emit('x'), out, String(error), caught, zlib.gunzipSync(zlib.gzipSync('z')).toString()];`),
    ).toEqual([['own', 'x'], ['AB'], 'Mine: y', 'RangeError [ERR_OUT_OF_RANGE]: changed', 'z']);
  });
});

it('an error that nothing awaits ends the run with its own words, and the process with it', async () => {
  const own = await startGuest();
  const outcome = await runScript(
    own,
    `setTimeout(() => { throw new RangeError('too late'); }, 1); await new Promise(() => {});`,
  );
  expect(outcome).toMatchObject({
    failure: { type: 'script_internal_error', message: 'too late', payload: { name: 'RangeError' } },
  });
  expect(await own.renewed()).toBe(false);
  own.kill();
});

it('a script that breaks its realm fails, and only that', async () => {
  expect(
    await run(`globalThis.Buffer = globalThis.Error = globalThis.JSON = undefined; throw new TypeError('x');`),
  ).toMatchObject({ type: 'script_internal_error' });
  expect(await run(`return typeof Buffer`)).toBe('function');
});

it('a script that never lets go after its end is the last of its process', async () => {
  const own = await startGuest();
  expect(await runScript(own, `(async () => { for (;;) await null; })(); return 1`)).toEqual({ output: 1 });
  expect(await own.renewed()).toBe(false);
  own.kill();
}, 20_000);

it('a rejection that nobody looked at is a line in the log, and the process goes on', async () => {
  const lines: unknown[] = [];
  const outcome = await runScript(
    guest,
    `let told; process.on('unhandledRejection', (error) => { told = error.message; });
     Promise.reject(new Error('dropped')); await new Promise((resolve) => setTimeout(resolve, 10)); return told;`,
    { handle: async (_method, args) => ({ result: lines.push(args['message']) }) },
  );
  expect(outcome).toEqual({ output: 'dropped' });
  expect(lines).toEqual(['Unhandled rejection: dropped']);
  expect(await guest.renewed()).toBe(true);
});
