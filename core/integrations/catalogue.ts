// The process's catalogue of providers: ours, with the operator's folder laid over it.
import { type Catalogue, loadCatalogue } from '../../providers/load.ts';

export { drawLogo } from '../../providers/draw-logo.ts';
export { shortcomingsOf } from '../../providers/lint.ts';
export type { Catalogue } from '../../providers/load.ts';
export type { Provider } from '../../providers/schema.ts';

/** @throws CatalogueError that lists every problem of every file */
export function openCatalogue({
  providersDir,
  publicUrl,
}: {
  providersDir: string | undefined;
  publicUrl: string;
}): Catalogue {
  return loadCatalogue({ ...(providersDir !== undefined && { overlayDir: providersDir }), publicUrl });
}
