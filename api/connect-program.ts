// The connect page as it is sent: script and style made from connect/ once per process, named by their content, compressed.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export interface ConnectFile {
  name: string;
  type: string;
  bytes: Buffer;
  /** By content coding. */
  coded: Record<'br' | 'gzip', Buffer>;
}

export interface ConnectProgram {
  script: ConnectFile;
  style: ConnectFile;
}

const pathOf = (name: string) => fileURLToPath(new URL(`../connect/${name}`, import.meta.url));

let program: Promise<ConnectProgram> | undefined;

/** Made at the first request: a process that shows no page loads no bundler. */
export function connectProgram(): Promise<ConnectProgram> {
  program ??= build().catch((error) => {
    program = undefined; // the next request tries again
    throw error;
  });
  return program;
}

async function build(): Promise<ConnectProgram> {
  const { build: bundle, stop } = await import('esbuild');
  const { outputFiles } = await bundle({
    entryPoints: { page: pathOf('main.tsx'), style: pathOf('page.css') },
    outdir: 'connect',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    // `:dir()` and `:has()` degrade; what script needs, these have.
    target: ['chrome108', 'safari16', 'firefox104'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    tsconfigRaw: {},
  });
  await stop(); // its service process has nothing else to do here
  const contentsOf = (extension: string) =>
    Buffer.from(outputFiles.find(({ path }) => path.endsWith(extension))!.contents);
  const [script, style] = await Promise.all([
    pack('page', 'js', 'text/javascript; charset=utf-8', contentsOf('.js')),
    pack('page', 'css', 'text/css; charset=utf-8', contentsOf('.css')),
  ]);
  return { script, style };
}

async function pack(stem: string, extension: string, type: string, bytes: Buffer): Promise<ConnectFile> {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  return { name: `${stem}-${hash}.${extension}`, type, bytes, coded: { br, gzip: zipped } };
}
