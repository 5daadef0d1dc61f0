// The version that the CLI prints and sends.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** package.json lies beside this file in the checkout and two folders up in a published package. */
function readVersion(): string {
  const beside = import.meta.url.endsWith('.ts') ? './package.json' : '../../package.json';
  return (require(beside) as { version: string }).version;
}

export const version = readVersion();
export const userAgent = `syncline-cli/${version} (${process.platform}; node.js/${process.versions.node})`;
