// The rules between the functions of nango.yaml: whose a model is, which fields it needs, whose an endpoint is.
import type { AddProblem, Model } from './models.ts';
import type { YamlIntegration } from './parse.ts';

interface Read {
  integrations: YamlIntegration[];
  models: ReadonlyMap<string, Model>;
}

export function checkTogether({ integrations, models }: Read, add: AddProblem): void {
  for (const { id, syncs, actions } of integrations) {
    const claim = createClaims(add);
    for (const { name, output, endpoints } of syncs) {
      const path = ['integrations', id, 'syncs', name];
      for (const model of output) {
        const key = `model ${model}`;
        claim(key, {
          code: 'duplicate_model',
          message: `The model ${model} belongs to two syncs of ${id}.`,
          path: [...path, 'output'],
        });
        if (!hasId(models.get(model))) {
          const message = `The model ${model} needs a field "id": ${name} saves records of it.`;
          add({ code: 'model_missing_id', message, path: [...path, 'output'] });
        }
      }
      for (const { method, path: url } of endpoints) claimEndpoint(`${method} ${url}`, [...path, 'endpoint']);
    }
    for (const { name, endpoints } of actions) {
      for (const { method, path: url } of endpoints) {
        claimEndpoint(`${method} ${url}`, ['integrations', id, 'actions', name, 'endpoint']);
      }
    }

    function claimEndpoint(endpoint: string, path: (string | number)[]): void {
      claim(`endpoint ${endpoint}`, {
        code: 'duplicate_endpoint',
        message: `${endpoint} occurs twice in ${id}.`,
        path,
      });
    }
  }
}

function createClaims(add: AddProblem) {
  const owners = new Set<string>();
  return (key: string, problem: Parameters<AddProblem>[0]) => {
    if (owners.has(key)) add(problem);
    owners.add(key);
  };
}

/** A model that is no object of fields has none. */
function hasId(model: Model | undefined): boolean {
  return (
    model?.type.kind === 'object' &&
    (model.type.fields.some(({ name }) => name === 'id') || model.type.rest !== undefined)
  );
}
