// Ask the server what would change, ask the person, then make it so.
import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import type { Compiled } from '../compile/compile-functions.ts';
import { CliError, exitCodes } from '../errors.ts';
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

export interface Deployed {
  plan: Plan;
  deployed: z.infer<typeof deployedSchema>;
}

interface Deploy {
  api: ApiClient;
  compiled: Compiled;
  selection: Selection;
  autoConfirm: boolean;
  allowDestructive: boolean;
  showPlan(plan: Plan): void;
  /** Absent where nobody can be asked. */
  confirm: ((question: string) => Promise<boolean>) | undefined;
}

/** @throws CliError (exit code 11); nothing was deployed then. */
export async function deploy(options: Deploy): Promise<Deployed> {
  const { api, compiled, selection, showPlan } = options;
  const asked = await api.post('/sync/deploy/confirmation', toPayload(compiled, selection, { reconcile: false }));
  const plan = parse(planSchema, asked, '/sync/deploy/confirmation');
  showPlan(plan);
  await mustBeAllowed(plan, options);
  const answer = await api.post('/sync/deploy', toPayload(compiled, selection, { reconcile: true }));
  return { plan, deployed: parse(deployedSchema, answer, '/sync/deploy') };
}

/** --auto-confirm answers the ordinary question only: a pipeline must say that it means to remove something. */
async function mustBeAllowed(plan: Plan, { autoConfirm, allowDestructive, confirm }: Deploy): Promise<void> {
  const removes = isDestructive(plan) && !allowDestructive;
  if (!removes && autoConfirm) return;
  if (confirm === undefined || (removes && autoConfirm)) {
    throw removes
      ? refused('destructive_deploy', 'This deploy removes functions.', 'Add --allow-destructive if that is meant.')
      : refused('not_confirmed', 'Nobody can be asked here.', 'Add --auto-confirm.');
  }
  const question = removes ? 'This removes functions, and stops their syncs. Deploy all the same?' : 'Deploy this?';
  if (!(await confirm(question))) throw refused('not_confirmed', 'Nothing was deployed.');
}

function refused(code: string, message: string, hint?: string): CliError {
  return new CliError(code, message, { exitCode: exitCodes.deploy, ...(hint !== undefined && { hint }) });
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
