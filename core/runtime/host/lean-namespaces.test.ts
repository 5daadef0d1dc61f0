import { runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { leanNamespaces } from './lean-namespaces.ts';

const bundle = (contents: string) =>
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
  }).outputFiles[0]!.text;

function evaluate(js: string): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  (runInNewContext(`(function (module) {${js}\n})`) as (module: object) => void)(module);
  return module.exports;
}

describe('a bundle with lean namespaces', () => {
  const js = bundle(`
    import * as zod from 'zod';
    import { z } from 'zod';
    const { core } = z;
    export const facts = () => {
      const kinds = (namespace) => Object.keys(namespace).sort().map((name) => name + ' ' + typeof namespace[name]);
      return [kinds(zod), kinds(z), kinds(core), kinds(z.locales), kinds(z.regexes), kinds(z.iso), kinds(z.util),
        'string' in core, Object.getOwnPropertyNames(z.locales).length, { ...z.iso }.date === z.iso.date,
        z.object({ a: z.iso.date() }).safeParse({ a: '2026-01-01' }).success, z.fromJSONSchema({ type: 'number' }).parse(1)];
    };`);
  const lean = leanNamespaces(js, ['external_exports']);

  it('has fewer getters', () => {
    expect(lean).toContain('__lazyNamespace');
    expect(lean.match(/\(\) => [\w$]+,?$/gm)!.length).toBeLessThan(js.match(/\(\) => [\w$]+,?$/gm)!.length / 3);
  });

  it('is the same to whoever uses it', () => {
    const facts = (text: string) => JSON.stringify((evaluate(text)['facts'] as () => unknown)());
    expect(facts(lean)).toBe(facts(js));
  });
});

it('leaves a bundle alone that it does not know', () => {
  expect(leanNamespaces('module.exports = 1;', [])).toBe('module.exports = 1;');
});
