// Stack frames in the author's own files: the bundle's inline source map (ECMA-426) says where each of its places came from.
import { SourceMap, type SourceMapPayload } from 'node:module';
import type { Bundle } from './failure.ts';

const maxFrames = 10;
const comment = /^\/\/# sourceMappingURL=data:application\/json;(?:charset=utf-8;)?base64,([A-Za-z0-9+/=]+)\s*$/gm;
const frame = /^(\s+at (?:.*\(|async )?)(.+):(\d+):(\d+)(\)?)$/;

/** The first line of a stack, then the frames of the bundle called `file`, at most ten. */
export function ownFrames(stack: string, { file, js }: Bundle): string[] {
  const [first = '', ...lines] = stack.split('\n');
  const own = lines.filter((line) => frame.exec(line)?.[2] === file).slice(0, maxFrames);
  const map = own.length > 0 ? readMap(js) : undefined;
  return [first, ...own.map((line) => (map ? mapped(line, map) : line))];
}

/** @returns like `crm/syncs/contacts.ts:12:7`: the line of the author's that led here; undefined outside of a bundle */
export function ownPlace(stack: unknown, bundle: Bundle): string | undefined {
  const line = typeof stack === 'string' ? ownFrames(stack, bundle)[1] : undefined;
  const match = line === undefined ? null : frame.exec(line);
  return match ? match.slice(2, 5).join(':') : undefined;
}

/** Where a function of the bundle is written, as a line of a stack: for what has gone wrong only once it had returned. */
export function frameOf(fn: object, { file, js }: Bundle): string[] {
  const at = js.indexOf(Function.prototype.toString.call(fn));
  if (at === -1) return [];
  const before = js.slice(0, at).split('\n');
  return ownFrames(`\n    at exec (${file}:${before.length}:${before.at(-1)!.length + 1})`, { file, js }).slice(1);
}

function readMap(js: string): SourceMap | undefined {
  const encoded = [...js.matchAll(comment)].at(-1)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()) as SourceMapPayload);
  } catch {
    return undefined; // somebody else's bundler; the bundle's own lines are better than none
  }
}

function mapped(line: string, map: SourceMap): string {
  const [, before, , lineNumber, column, after] = frame.exec(line)!;
  const entry = map.findEntry(Number(lineNumber) - 1, Number(column) - 1);
  if (!('originalSource' in entry)) return line;
  return `${before}${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}${after}`;
}
