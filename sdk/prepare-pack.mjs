// In the checkout `exports` and `imports` point at sources (no build step). npm does not apply publishConfig's, so packing swaps them.
// Run in a package's folder: `--publish` before packing, `--restore` after.
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const manifest = 'package.json';
const kept = '.package.json.kept';

if (process.argv.includes('--publish')) {
  copyFileSync(manifest, kept);
  const { publishConfig, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'));
  const { exports, imports, ...config } = publishConfig;
  const published = { ...rest, exports, ...(imports && { imports }), publishConfig: config };
  writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`);
} else {
  renameSync(kept, manifest);
}
