// What a deploy would change, as the server tells it before anything happens.
import { z } from 'zod';

const item = z.looseObject({ name: z.string(), providerConfigKey: z.string() });
const syncItem = item.extend({ connections: z.number().optional(), auto_start: z.boolean().optional() });
const items = z.array(item).default([]);
const syncItems = z.array(syncItem).default([]);

export const planSchema = z.looseObject({
  newSyncs: syncItems,
  updatedSyncs: syncItems,
  deletedSyncs: syncItems,
  newActions: items,
  updatedActions: items,
  deletedActions: items,
  newOnEventScripts: items,
  updatedOnEventScripts: items,
  deletedOnEventScripts: items,
  deletedModels: z.array(z.string()).default([]),
});

export type Plan = z.infer<typeof planSchema>;
type Item = z.infer<typeof syncItem>;

/** Removing a sync stops its instances; removing an action breaks its callers. */
export function isDestructive(plan: Plan): boolean {
  const { deletedSyncs, deletedActions, deletedOnEventScripts, deletedModels } = plan;
  return deletedSyncs.length + deletedActions.length + deletedOnEventScripts.length + deletedModels.length > 0;
}

interface DeployedItem {
  name: string;
  providerConfigKey: string;
  type?: string | undefined;
}

/** Of what the server says is deployed now, what it had already: same code, same settings. */
export function unchangedOf<T extends DeployedItem>(plan: Plan, deployed: T[]): T[] {
  const changed = new Set([
    ...[...plan.newSyncs, ...plan.updatedSyncs].map((item) => keyOf('sync', item)),
    ...[...plan.newActions, ...plan.updatedActions].map((item) => keyOf('action', item)),
    ...[...plan.newOnEventScripts, ...plan.updatedOnEventScripts].map((item) => keyOf('on-event', item)),
  ]);
  return deployed.filter((item) => !changed.has(keyOf(item.type ?? 'sync', item)));
}

const keyOf = (type: string, { providerConfigKey, name }: DeployedItem) => `${type} ${providerConfigKey}/${name}`;

/** One line a change: `+` new, `~` changed, `-` removed. */
export function renderPlan(plan: Plan): string[] {
  const lines = (sign: string, kind: string, list: Item[]) =>
    list.map(({ providerConfigKey, name, connections }) => {
      const reach = connections === undefined ? '' : ` (${connections} connection${connections === 1 ? '' : 's'})`;
      return `${sign} ${kind} ${providerConfigKey}/${name}${reach}`;
    });
  return [
    ...lines('+', 'sync', plan.newSyncs),
    ...lines('+', 'action', plan.newActions),
    ...lines('+', 'on-event', plan.newOnEventScripts),
    ...lines('~', 'sync', plan.updatedSyncs),
    ...lines('~', 'action', plan.updatedActions),
    ...lines('~', 'on-event', plan.updatedOnEventScripts),
    ...lines('-', 'sync', plan.deletedSyncs),
    ...lines('-', 'action', plan.deletedActions),
    ...lines('-', 'on-event', plan.deletedOnEventScripts),
    ...plan.deletedModels.map((model) => `- model ${model}`),
  ];
}
