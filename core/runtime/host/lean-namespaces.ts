// esbuild writes the namespace of an ES module as an object with a getter an export. For the thousand of zod's that is a third
// of what a realm takes to come into being, so here they become plain objects, most of them made only when somebody looks.

/** `var a_exports = {}; __export(a_exports, { x: () => x2, … });` */
const namespace = /^var ([\w$]+) = \{\};\n__export\(\1, \{\n((?: {2}\S+: \(\) => [\w$]+,?\n)+)\}\);$/gm;

// Variables get their values as the modules evaluate: an object that is made before the end is not kept.
const helpers = `
var __complete = false;
var __made = new WeakMap();
var __lazyNamespace = (make) => {
  let kept;
  const get = () => kept ?? (__complete ? (kept = make()) : make());
  const traps = {};
  for (const trap of ['get', 'set', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'defineProperty', 'deleteProperty'])
    traps[trap] = (_, ...rest) => Reflect[trap](get(), ...rest);
  const lazy = new Proxy({}, traps);
  __made.set(lazy, get);
  return lazy;
};
var __filled = [];
`;
const end = '__complete = true;\nfor (const [namespace, make] of __filled) Object.assign(namespace, make());\n';

/**
 * Namespaces that the text reads by member (`a_exports.x`) stay as they are: they are in use, and most of them early.
 * @param js a CommonJS bundle of esbuild, not minified
 * @param often names of namespaces that are read often, through a variable: real objects, filled at the end
 */
export function leanNamespaces(js: string, often: readonly string[]): string {
  const lazy: string[] = [];
  const lean = js.replace(namespace, (all, name: string, exports: string) => {
    if (new RegExp(`(?<![\\w$])${quote(name)}\\.`).test(js) || js.includes(`__toCommonJS(${name})`)) return all;
    const make = `() => ({\n${exports.replace(/: \(\) => /g, ': ')}})`;
    if (often.includes(name)) return `var ${name} = {};\n__filled.push([${name}, ${make}]);`;
    lazy.push(name);
    return `var ${name} = __lazyNamespace(${make});`;
  });
  if (lean === js) return js;
  const spread = lazy.reduce(
    (text, name) => text.replace(new RegExp(`\\.\\.\\.${quote(name)}(?![\\w$])`, 'g'), `...__made.get(${name})()`),
    lean,
  );
  const at =
    /^\/\/ Annotate the CommonJS export names|^0 && \(module\.exports = /m.exec(spread)?.index ?? spread.length;
  return `${helpers}${spread.slice(0, at)}${end}${spread.slice(at)}`;
}

const quote = (name: string) => name.replaceAll('$', '\\$');
