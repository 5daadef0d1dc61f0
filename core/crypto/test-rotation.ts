// For tests and bars: a rotation in a process of its own, to be killed; says its progress on stdout, a line of JSON each time.
import { rotateKeys } from './rotate-keys.ts';

const [url = '', keys = '', activateAfterMs = '0'] = process.argv.slice(2);
const result = await rotateKeys({
  url,
  encryptionKeys: keys.split(',').map((key) => Buffer.from(key, 'base64')),
  activateAfterMs: Number(activateAfterMs),
  limits: { rows: 20, bytes: 100_000 },
  onProgress: (progress) => process.stdout.write(`${JSON.stringify(progress)}\n`),
});
process.stdout.write(`${JSON.stringify(result)}\n`);
