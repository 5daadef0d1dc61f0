// What a deploy would change: a pure comparison of what is wanted with what is there.
import { SynclineError } from '../errors.ts';
import { bundleHash, type DesiredFunction, isUnchanged } from './desired-function.ts';
import type { DeployedFunction } from './read-functions.ts';

export type DeployMode = 'all' | 'integration' | 'single';

export interface DeployScope {
  mode: DeployMode;
  /** In the mode `integration`: this one, also when the payload has none of its functions. Default: those of the payload. */
  providerConfigKey?: string;
  /** Functions made with createFunction are deployed apart from the others: neither removes the other's. */
  declared: 'createFunction' | 'by kind';
  /** false: functions of other types are left alone. */
  includesOnEvents: boolean;
  source: string;
}

export interface PlannedFunction {
  desired: DesiredFunction;
  integrationId: string;
  hash: string;
  /** What it replaces or repeats. */
  current?: DeployedFunction;
}

export interface DeployPlan {
  created: PlannedFunction[];
  updated: PlannedFunction[];
  unchanged: PlannedFunction[];
  /** What the payload lacks, inside its scope. */
  deleted: DeployedFunction[];
}

const keyOf = (integrationId: string, type: string, name: string) => `${integrationId}\0${type}\0${name}`;

/** @throws SynclineError `provider_not_on_account`, `invalid_body` for a function that is named twice */
export function planDeploy(
  desired: readonly DesiredFunction[],
  current: readonly DeployedFunction[],
  { integrationIds, scope }: { integrationIds: ReadonlyMap<string, string>; scope: DeployScope },
): DeployPlan {
  const existing = new Map(
    current.map((deployed) => [
      keyOf(deployed.integration.id, deployed.function.type, deployed.function.name),
      deployed,
    ]),
  );
  const plan: DeployPlan = { created: [], updated: [], unchanged: [], deleted: [] };
  const wanted = new Set<string>();
  for (const entry of desired) {
    const integrationId = integrationIds.get(entry.providerConfigKey);
    if (integrationId === undefined) throw notOnAccount(entry);
    const key = keyOf(integrationId, entry.type, entry.name);
    if (wanted.has(key)) {
      throw new SynclineError(
        'invalid_body',
        `The ${entry.type} '${entry.name}' of '${entry.providerConfigKey}' occurs twice.`,
        { status: 400 },
      );
    }
    wanted.add(key);
    const hash = bundleHash(entry.js);
    const found = existing.get(key);
    const planned = { desired: entry, integrationId, hash, ...(found && { current: found }) };
    if (!found) plan.created.push(planned);
    else if (isUnchanged(found.version, entry, hash)) plan.unchanged.push(planned);
    else plan.updated.push(planned);
  }
  const touched = new Set(
    [...plan.created, ...plan.updated, ...plan.unchanged].map(({ integrationId }) => integrationId),
  );
  for (const [key, deployed] of existing) {
    if (!wanted.has(key) && isInScope(deployed, scope, touched)) plan.deleted.push(deployed);
  }
  return plan;
}

function isInScope(
  { function: row, version, integration }: DeployedFunction,
  { mode, providerConfigKey, declared, includesOnEvents, source }: DeployScope,
  touched: ReadonlySet<string>,
): boolean {
  if (mode === 'single') return false;
  if (mode === 'integration' && !touched.has(integration.id) && integration.uniqueKey !== providerConfigKey)
    return false;
  if ((version.definition.trigger !== undefined) !== (declared === 'createFunction')) return false;
  if (row.type === 'on-event' && !includesOnEvents) return false;
  // What was made in the dashboard is not the repository's to remove.
  return (version.definition.source ?? 'repo') === source;
}

const notOnAccount = ({ providerConfigKey, type, name }: DesiredFunction) =>
  new SynclineError(
    'provider_not_on_account',
    `The ${type} '${name}' needs the integration '${providerConfigKey}', which this environment does not have.`,
    {
      status: 400,
      hint: `Create it first: POST /integrations with unique_key '${providerConfigKey}'.`,
    },
  );
