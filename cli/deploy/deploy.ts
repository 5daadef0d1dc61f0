// Ask the server what would change, ask the person, then make it so.
import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import type { Compiled } from '../compile/compile-functions.ts';
import { CliError } from '../errors.ts';
import type { Answers } from './confirm.ts';
import { mustBeAllowed, refused } from './confirm.ts';
import type { BundlePlan } from './function-bundles.ts';
import { bundlePlanSchema, noBundles, toBundlePayload } from './function-bundles.ts';
import type { Selection } from './payload.ts';
import { toPayload } from './payload.ts';
import type { Plan } from './plan.ts';
import { isDestructive, planSchema } from './plan.ts';

const deployedSchema = z.array(
  z.looseObject({
    name: z.string(),
    providerConfigKey: z.string(),
    version: z.string().nullish(),
    type: z.string().optional(),
  }),
);

export interface Planned {
  plan: Plan;
  /** Of functions made with createFunction. */
  bundles: BundlePlan;
}

export interface Deployed extends Planned {
  deployed: z.infer<typeof deployedSchema>;
}

interface Deploy extends Answers {
  api: ApiClient;
  compiled: Compiled;
  selection: Selection;
  showPlan(planned: Planned): void;
}

const paths = {
  preview: '/functions/deployments/bundle/preview',
  bundle: '/functions/deployments/bundle',
};

/** @throws CliError (exit code 11); nothing was deployed then. */
export async function deploy(options: Deploy): Promise<Deployed> {
  const { api, compiled, selection, showPlan, autoConfirm, allowDestructive, confirm } = options;
  const asked = await api.post('/sync/deploy/confirmation', toPayload(compiled, selection, { reconcile: false }));
  const plan = parse(planSchema, asked, '/sync/deploy/confirmation');
  const functions = toBundlePayload(compiled, selection);
  const bundles = functions === undefined ? noBundles : await previewBundles(api, functions);
  showPlan({ plan, bundles });
  const removes = isDestructive(plan) || bundles.deleted.length > 0;
  await mustBeAllowed({ what: 'deploy', removes, autoConfirm, allowDestructive, confirm });

  const answer = await api.post('/sync/deploy', toPayload(compiled, selection, { reconcile: true }));
  const deployed = parse(deployedSchema, answer, '/sync/deploy');
  const changes = bundles.created.length + bundles.updated.length + bundles.deleted.length > 0;
  const done = changes ? parse(bundlePlanSchema, await api.post(paths.bundle, functions), paths.bundle) : bundles;
  return { plan, bundles: done, deployed };
}

/** A server without that route has no such functions: no reason to refuse a project that has none either. */
async function previewBundles(api: ApiClient, payload: { functions: unknown[] }): Promise<BundlePlan> {
  try {
    return parse(bundlePlanSchema, await api.post(paths.preview, payload), paths.preview);
  } catch (error) {
    const absent = error instanceof CliError && error.code === 'not_found';
    if (absent && payload.functions.length === 0) return noBundles;
    throw error;
  }
}

function parse<T>(schema: z.ZodType<T>, answer: unknown, path: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw refused(
    'unexpected_answer',
    `The answer of ${path} is not what it should be.`,
    'Is this server a Syncline of the same version?',
  );
}
