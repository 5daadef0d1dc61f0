#!/usr/bin/env node
// The command `syncline-simulator`, and the process that the embedded start runs beside the server.
import { parseArgs } from 'node:util';
import { createSimulator } from './simulator.ts';

const usage = `Usage: syncline-simulator [options]

  --port N        port (default SYNCLINE_SIMULATOR_PORT or 4010; 0 takes a free one)
  --host H        address (default 127.0.0.1; there is no login on /__control)
  --records N     contacts at the start (default 1000)
  --seed N        seed of data and faults (default 1)
  --size-bytes N  pads each contact to about N bytes
  --no-auth       let everybody in
  --fast          serve /echo and /items at once, log no requests (benchmarks)
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: process.env['SYNCLINE_SIMULATOR_PORT'] ?? '4010' },
      host: { type: 'string', default: '127.0.0.1' },
      records: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      'size-bytes': { type: 'string' },
      'no-auth': { type: 'boolean', default: false },
      fast: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const number = (name: string, text: string) => {
    if (!/^\d+$/.test(text)) throw new TypeError(`--${name} is a number, not "${text}".`);
    return Number(text);
  };
  const sizeBytes = values['size-bytes'] === undefined ? {} : { sizeBytes: number('size-bytes', values['size-bytes']) };
  return {
    ...values,
    port: number('port', values.port),
    dataset: { count: number('records', values.records), seed: number('seed', values.seed), ...sizeBytes },
  };
}

async function main(): Promise<void> {
  const { help, port, host, dataset, fast, 'no-auth': open } = readOptions();
  if (help) return void process.stdout.write(usage);
  const simulator = createSimulator({ dataset, fast, faultSeed: dataset.seed, auth: { requireAuth: !open } });

  async function stop(): Promise<void> {
    await simulator.close();
    process.exit(0);
  }
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop); // the parent is gone: nobody else would stop us

  const url = await simulator.listen(port, host);
  process.stdout.write(`Simulated provider on ${url} (API key: ${simulator.auth.apiKeys[0]})\n`);
  process.send?.({ type: 'ready', url });
}

main().catch((cause: NodeJS.ErrnoException) => {
  const inUse =
    cause.code === 'EADDRINUSE' ? 'The port is in use. Pass another with --port, or stop the other process.' : '';
  process.stderr.write(`${inUse || cause.message}\n`);
  process.exit(1);
});
