// The body of POST /sync/deploy and of its confirmation call.
import type { Compiled } from '../compile/compile-functions.ts';
import type { FlowConfig, OnEventScripts } from '../compile/flow-config.ts';
import { CliError, exitCodes } from '../errors.ts';
import { version } from '../version.ts';

export interface DeployPayload {
  flowConfigs: FlowConfig[];
  onEventScriptsByProvider?: OnEventScripts[];
  deployMode: 'all' | 'single' | 'integration';
  reconcile: boolean;
  debug: boolean;
  sdkVersion: string;
  /** These two belong to the deploy call; the confirmation call is strict and knows neither. */
  nangoYamlBody?: string;
  source?: 'repo';
}

export interface Selection {
  sync?: string;
  action?: string;
  integration?: string;
  /** Label put on every function. */
  version?: string;
}

/** `reconcile: false` is the confirmation call; what would be removed is in its answer all the same. */
export function toPayload(
  compiled: Compiled,
  selection: Selection,
  { reconcile }: { reconcile: boolean },
): DeployPayload {
  const single = selection.sync ?? selection.action;
  const ofIntegration = ({ providerConfigKey }: { providerConfigKey: string }) =>
    selection.integration === undefined || providerConfigKey === selection.integration;
  const flowConfigs = compiled.flowConfigs
    .filter(ofIntegration)
    .filter(({ type, syncName }) => single === undefined || (syncName === single && type === kindOf(selection)))
    .map((config) => (selection.version === undefined ? config : { ...config, version: selection.version }));
  const onEvents = compiled.onEventScriptsByProvider.filter(ofIntegration);

  if (single !== undefined && flowConfigs.length === 0) throw nothing(`the ${kindOf(selection)} "${single}"`);
  // Functions of createFunction are deployed apart.
  const general = compiled.functions.some(
    ({ entry, definition }) => definition.type === 'function' && ofIntegration(entry),
  );
  if (flowConfigs.length + onEvents.length === 0 && selection.integration !== undefined && !general) {
    throw nothing(`the integration "${selection.integration}"`);
  }
  return {
    flowConfigs,
    ...(single === undefined && { onEventScriptsByProvider: onEvents }),
    deployMode: single !== undefined ? 'single' : selection.integration !== undefined ? 'integration' : 'all',
    reconcile,
    debug: false,
    sdkVersion: `${version}-${compiled.nangoYaml === undefined ? 'zero' : 'yaml'}`,
    ...(reconcile && { nangoYamlBody: compiled.nangoYaml ?? '', source: 'repo' }),
  };
}

function kindOf({ sync }: Selection): 'sync' | 'action' {
  return sync !== undefined ? 'sync' : 'action';
}

function nothing(what: string): CliError {
  return new CliError('nothing_to_deploy', `The project has nothing of ${what}.`, { exitCode: exitCodes.deploy });
}
