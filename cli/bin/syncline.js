#!/usr/bin/env node
// Starts the CLI: its TypeScript in the checkout, its build in a published package. An older Node hands over to the one that
// the checkout or the project has installed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  const node = findNode();
  if (node === undefined || process.env['SYNCLINE_NODE_HANDOVER'] === '1') {
    console.error(
      `syncline needs Node 22.19 or newer; this is ${process.versions.node}. Install it, or: npm install -D node@24`,
    );
    process.exit(1);
  }
  const { status, signal } = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, SYNCLINE_NODE_HANDOVER: '1' },
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}

nodeModule.enableCompileCache?.(); // half of a start is compiling
const source = path.join(here, '..', 'main.ts');
const entry = existsSync(source) ? '../main.ts' : '../dist/cli/main.js';
const { main } = await import(entry);
const { env, stdin, stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), { env, stdin, stdout, stderr, cwd: process.cwd() });

function findNode() {
  for (const start of [here, process.cwd()]) {
    for (let folder = start; ; folder = path.dirname(folder)) {
      const node = path.join(folder, 'node_modules', 'node', 'bin', 'node');
      if (existsSync(node)) return node;
      if (folder === path.dirname(folder)) break;
    }
  }
  return undefined;
}
