// Which function a path of `/v1` stands for: actions and the models of syncs may declare a method and a path of their own.
import type { DeployedFunction } from '../core/functions/read-functions.ts';

export type DeclaredEndpoint = { kind: 'action'; name: string } | { kind: 'model'; model: string };

interface Declared {
  function: Pick<DeployedFunction['function'], 'type' | 'name' | 'enabled'>;
  version: { definition: Pick<DeployedFunction['version']['definition'], 'endpoints' | 'models'> };
}

/** @example findDeclaredEndpoint(await listFunctions(environment, 'crm'), 'GET', '/contacts') */
export function findDeclaredEndpoint(
  deployed: readonly Declared[],
  method: string,
  path: string,
): DeclaredEndpoint | undefined {
  for (const { function: row, version } of deployed) {
    const { endpoints, models } = version.definition;
    const at = endpoints.findIndex((endpoint) => endpoint.method === method && withSlash(endpoint.path) === path);
    if (at === -1 || row.type === 'on-event') continue;
    if (row.type === 'action') return { kind: 'action', name: row.name };
    // A sync declares one endpoint for each model, in their order.
    const model = models[at];
    if (model !== undefined && method === 'GET') return { kind: 'model', model };
  }
  return undefined;
}

const withSlash = (path: string): string => (path.startsWith('/') ? path : `/${path}`);
