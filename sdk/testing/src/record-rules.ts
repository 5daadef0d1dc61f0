// Strictly: what the runtime would have made of a batch, by its own rules.
import { encodePage } from '@syncline/functions/records';
import type { Undeclared } from './undeclared.ts';

export interface RecordRules {
  /** @throws Error `unknown_model`; TypeError for a BigInt in a record */
  check(records: unknown, model: string): void;
  /** Of a deletion. */
  checkModel(model: string): void;
  /** What would have been quarantined, as `Model id: reason`. */
  rejected: string[];
}

/** @param models the ones that the sync declares; undefined: any */
export function createRecordRules(models: readonly string[] | undefined): RecordRules {
  const rejected: string[] = [];
  const checkModel = (model: string) => {
    if (models === undefined || models.includes(model)) return;
    const message = `Model '${model}' is not declared in this sync's models (${models.join(', ')}).`;
    throw Object.assign(new Error(message), { code: 'unknown_model' });
  };
  return {
    rejected,
    checkModel,
    check(records: Undeclared, model) {
      checkModel(model);
      if (!Array.isArray(records)) return;
      const { quarantined } = encodePage(records);
      rejected.push(...quarantined.map(({ id, reason }) => `${model} ${id ?? 'without a readable id'}: ${reason}`));
    },
  };
}
