// models.ts of a migrated project: each model of nango.yaml as a zod schema, and as the type of the same name that scripts use.
import type { Model } from '../nango-yaml/models.ts';
import { modelsIn } from '../nango-yaml/models.ts';
import { renderZod } from './render-zod.ts';

export function renderModels(models: ReadonlyMap<string, Model>): string {
  const order = sortByUse(models);
  const blocks = order.map(({ name, type }, at) => {
    const later = new Set(order.slice(at).map((model) => model.name));
    return `export const ${name} = ${renderZod(type, later)};\nexport type ${name} = z.infer<typeof ${name}>;\n`;
  });
  return `// The models of this project: what syncs save, and what actions take and give.\nimport { z } from 'zod';\n\n${blocks.join('\n')}`;
}

/** A model comes after those that it mentions, where there is no circle; else in the order of the file. */
function sortByUse(models: ReadonlyMap<string, Model>): Model[] {
  const sorted: Model[] = [];
  const seen = new Set<string>();
  const visit = (name: string) => {
    const model = models.get(name);
    if (model === undefined || seen.has(name)) return;
    seen.add(name);
    for (const other of modelsIn(model.type)) visit(other);
    sorted.push(model);
  };
  for (const name of models.keys()) visit(name);
  return sorted;
}
