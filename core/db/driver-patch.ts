// Preloaded (`node --import`) before anything loads `postgres` 3.4.9: mends four faults of the driver as its files load.
//
// When a backend dies inside `begin()`, the driver (1) writes its ROLLBACK to a null socket, a TypeError nobody can catch,
// and (2) may reopen the connection for queued queries and run the rest of the transaction there, outside any transaction.
// (3) With `max_pipeline: 0` it forgets to reserve the connection for a transaction. (4) It sends every parameter as text:
// a page of encrypted records as hexadecimal is twice its size, three times copied; a serialised Buffer now goes as
// bytes, and `.raw()` asks for binary columns.
// porsager/postgres issues 1066, 1133, 1154, 1208. Delete this file when a release passes driver-patch.test.ts without it.
import { type ResolveHookSync, registerHooks } from 'node:module';

declare global {
  var synclineDriverPatched: boolean | undefined;
}

type Edit = [find: string, replacement: string];

const edits: Record<string, Edit[]> = {
  'connection.js': [
    [
      '      return write(toBuffer(q))\n        && !q.describeFirst\n        && !q.cursorFn\n        && sent.length < max_pipeline\n        && (!q.options.onexecute || q.options.onexecute(connection))',
      '      const more = write(toBuffer(q))\n        && !q.describeFirst\n        && !q.cursorFn\n        && sent.length < max_pipeline\n      q.options.onexecute && q.options.onexecute(connection)\n      return more && !q.options.onexecute',
    ],
    [
      '    const x = socket.write(chunk, fn)\n    nextWriteTimer !== null',
      '    if (!socket) {\n      clearImmediate(nextWriteTimer)\n      chunk = nextWriteTimer = null\n      return false\n    }\n    const x = socket.write(chunk, fn)\n    nextWriteTimer !== null',
    ],
    [
      '    if (initial)\n      return reconnect()\n\n    !hadError',
      '    chunk = nextWriteTimer = null\n    if (initial)\n      return reconnect()\n    terminated = true\n    !hadError',
    ],
    [
      "    b().B().str(portal + b.N).str(statement + b.N).i16(0).i16(parameters.length)\n\n    parameters.forEach((x, i) => {\n      if (x === null)\n        return b.i32(0xFFFFFFFF)\n\n      type = types[i]\n      parameters[i] = x = type in options.serializers\n        ? options.serializers[type](x)\n        : '' + x\n\n      prev = b.i",
      "    parameters.forEach((x, i) => {\n      type = types[i]\n      x !== null && (parameters[i] = type in options.serializers ? options.serializers[type](x) : '' + x)\n    })\n    b().B().str(portal + b.N).str(statement + b.N).i16(parameters.length)\n    parameters.forEach(x => b.i16(x instanceof Uint8Array ? 1 : 0))\n    b.i16(parameters.length)\n\n    parameters.forEach(x => {\n      if (x === null)\n        return b.i32(0xFFFFFFFF)\n      if (x instanceof Uint8Array)\n        return b.i32(x.length).raw(x)\n\n      prev = b.i",
    ],
    // `.raw()` gives the columns as the server's bytes; asked for in binary form they need no parsing (fetch-rows.ts).
    [
      '      Bind(q.parameters, q.statement.types, q.statement.name, q.cursorName),',
      '      Bind(q.parameters, q.statement.types, q.statement.name, q.cursorName, q.isRaw === true),',
    ],
    [
      "function Bind(parameters, types, statement = '', portal = '') {",
      "function Bind(parameters, types, statement = '', portal = '', raw = false) {",
    ],
    ['    b.i16(0)\n\n    return b.end()', '    raw ? b.i16(1).i16(1) : b.i16(0)\n\n    return b.end()'],
    ['chunk = chunk ? Buffer.concat([chunk, x]) : Buffer.from(x)', 'chunk = chunk ? Buffer.concat([chunk, x]) : x'],
  ],
  'index.js': [
    [
      '      , connection\n      , prepare = null\n\n    try {',
      '      , connection\n      , prepare = null\n      , lost = null\n\n    try {',
    ],
    [
      'new Promise((_, reject) => connection.onclose = reject)\n      ])\n    } catch',
      'new Promise((_, reject) => connection.onclose = e => (lost = e, reject(e)))\n      ])\n    } catch',
    ],
    [
      '        q.catch(e => uncaughtError || (uncaughtError = e))\n        c.queue === full',
      '        q.catch(e => uncaughtError || (uncaughtError = e))\n        if (lost)\n          return q.reject(lost)\n        c.queue === full',
    ],
  ],
};

function patched(url: string, source: string): string {
  const file = url.slice(url.lastIndexOf('/') + 1);
  let text = source;
  for (const [find, replacement] of edits[file] ?? []) {
    if (text.split(find).length !== 2) {
      throw new Error(
        `The driver patch no longer fits ${file} of postgres: pin postgres 3.4.9 or update core/db/driver-patch.ts.`,
      );
    }
    text = text.replace(find, () => replacement);
  }
  return text;
}

if (!globalThis.synclineDriverPatched) {
  const entries = new Map<string, ReturnType<ResolveHookSync>>();
  registerHooks({
    // drizzle-orm's package.json has 180 kB of exports, and Node reads it anew for each of its files, and twice for each of ours
    // that imports it: 0.6 s and more garbage than that at every start. A file beside the asking one needs no package; and here
    // the package is the same for everybody.
    resolve(specifier, context, nextResolve) {
      const { parentURL } = context;
      if (specifier.startsWith('.') && parentURL?.includes('/node_modules/drizzle-orm/'))
        return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true };
      if (!/^drizzle-orm(\/|$)/.test(specifier) || context.conditions.includes('require'))
        return nextResolve(specifier, context);
      const known = entries.get(specifier) ?? nextResolve(specifier, context);
      entries.set(specifier, known);
      return { ...known, shortCircuit: true };
    },
    load(url, context, nextLoad) {
      const result = nextLoad(url, context);
      if (!/\/postgres\/src\/(connection|index)\.js$/.test(url) || result.source === undefined) return result;
      return { ...result, source: patched(url, String(result.source)) };
    },
  });
  globalThis.synclineDriverPatched = true;
}
