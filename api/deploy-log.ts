// Whatever changes which functions run is an operation in the log, with who did it and how it ended.
import type { Context } from 'hono';
import { uuidv7 } from '../core/crypto/uuid.ts';
import type { DeployActor } from '../core/db/schema/deploys.ts';
import { fromUnknown } from '../core/errors.ts';
import type { ApiEnv } from './context.ts';

export const actorOf = ({ var: { apiKey } }: Context<ApiEnv>): DeployActor => ({
  type: 'api_key',
  id: apiKey.id,
  name: apiKey.displayName,
});

export async function logDeploy<T>(
  c: Context<ApiEnv>,
  title: string,
  work: (actor: DeployActor) => Promise<T>,
): Promise<T> {
  const { environmentId } = c.var.environment;
  const { logs } = c.var.services;
  const id = uuidv7();
  const actor = actorOf(c);
  logs.start({ id, environmentId, type: 'deploy', action: 'custom', title, state: 'running', actor });
  try {
    const result = await work(actor);
    logs.end(environmentId, id, { state: 'success' });
    return result;
  } catch (cause) {
    const { code, message } = fromUnknown(cause);
    logs.end(environmentId, id, { state: 'failed', error: { type: code, message } });
    throw cause;
  }
}
