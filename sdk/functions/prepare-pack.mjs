// In the checkout the exports point at sources (no build step). npm does not apply publishConfig.exports, so packing swaps them.
// Run in a package's folder: `--publish` before packing, `--restore` after.
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const manifest = 'package.json';
const kept = '.package.json.kept';

if (process.argv.includes('--publish')) {
  copyFileSync(manifest, kept);
  const { publishConfig, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'));
  const { exports, ...config } = publishConfig;
  writeFileSync(manifest, `${JSON.stringify({ ...rest, exports, publishConfig: config }, null, 2)}\n`);
} else {
  renameSync(kept, manifest);
}
