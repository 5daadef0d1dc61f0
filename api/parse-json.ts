// JSON as we accept it: what JSON.parse takes, without duplicate keys, `__proto__` and towers of brackets.
import { SynclineError } from '../core/errors.ts';

const maxDepth = 64;
const quote = 34;
const [openBrace, closeBrace, openBracket, closeBracket, comma] = [123, 125, 91, 93, 44];

const invalidJson = (message: string, cause?: unknown) =>
  new SynclineError('invalid_json', message, { status: 400, cause });

/** @throws SynclineError `invalid_json` */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // V8's message quotes the body, which may hold a secret.
    const position = /position \d+/.exec(String(cause))?.[0];
    throw invalidJson(`The body is not JSON${position ? ` (at ${position})` : ''}.`, cause);
  }
  checkStructure(text);
  return value;
}

/** `text` is valid JSON: only strings and brackets matter. */
function checkStructure(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at);
        if (expectKey) addKey(open.at(-1), text.slice(at, end + 1));
        expectKey = false;
        at = end;
        break;
      }
      case openBrace:
      case openBracket:
        expectKey = text.charCodeAt(at) === openBrace;
        if (open.push(expectKey ? new Set() : undefined) > maxDepth) {
          throw invalidJson(`The body is nested deeper than ${maxDepth} levels.`);
        }
        break;
      case closeBrace:
      case closeBracket:
        open.pop();
        break;
      case comma:
        expectKey = open.at(-1) !== undefined;
        break;
    }
  }
}

function addKey(keys: Set<string> | undefined, quoted: string): void {
  const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (key === '__proto__') throw invalidJson('The key "__proto__" is not accepted.');
  if (keys?.has(key)) throw invalidJson('An object of the body has the same key twice.');
  keys?.add(key);
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}
