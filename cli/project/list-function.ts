// A function becomes part of a project by one import line in its index.ts.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from '../errors.ts';

/** @param relative without extension, forward slashes. @returns whether a line was added; one that is there stays */
export function listFunction(dir: string, relative: string): boolean {
  const index = path.join(dir, 'index.ts');
  const line = `import './${relative}.js';\n`;
  if (!existsSync(index)) {
    writeFileSync(index, line);
    return true;
  }
  const text = readFileSync(index, 'utf8');
  const escaped = relative.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (new RegExp(`^import\\s*['"]\\./${escaped}(\\.js|\\.ts)?['"]`, 'm').test(text)) return false;
  appendFileSync(index, text === '' || text.endsWith('\n') ? line : `\n${line}`);
  return true;
}

export function mustBeIntegration(id: string): void {
  mustMatch(id, /^[a-zA-Z0-9~:.@ _-]{1,255}$/);
}

export function mustBeFunctionName(name: string): void {
  mustMatch(name, /^[a-zA-Z0-9_-]{1,255}$/);
}

function mustMatch(name: string, allowed: RegExp): void {
  if (allowed.test(name) && name !== '.' && name !== '..') return;
  throw new CliError('invalid_name', `"${name}" may hold letters, digits, _ and - only.`);
}
