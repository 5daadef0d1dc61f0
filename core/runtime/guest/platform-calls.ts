// The calls that ask the platform about the connection or for another function's work. They reject as their HTTP call does.
import type { HostCall } from './http.ts';
import { ourError } from './our-error.ts';
import { type HostError, platformError, refusal } from './request-error.ts';

type ConnectionOptions = { forceRefresh?: boolean; refreshToken?: boolean; refreshGithubAppJwtToken?: boolean };
type SyncName = string | { name: string; variant: string };

/** What the host says of a call that another function or the API refused. */
interface Refused {
  refused: { code: string; message: string; status: number; body: Record<string, unknown> };
}

export function createPlatformCalls(
  call: HostCall,
  own: { providerConfigKey: string; connectionId: string },
  attributes: unknown,
) {
  async function ask<T>(method: string, args: Record<string, unknown> = {}): Promise<T> {
    try {
      return (await call(method, args)).result as T;
    } catch (error) {
      const { code } = error as HostError;
      throw typeof code === 'string' ? refusal(error as HostError & { code: string }) : error;
    }
  }

  const metadataCall = (method: 'setMetadata' | 'updateMetadata') => async (metadata: unknown) => {
    const data = await ask<Record<string, unknown>>(method, { metadata });
    return { data, status: 200, statusText: 'OK', headers: {}, config: {}, request: {} };
  };
  const setMetadata = metadataCall('setMetadata');
  const getMetadata = () => ask<Record<string, unknown>>('getMetadata');

  /** @returns the answer's body; the host's own failures stay as they are */
  async function delegate(method: string, args: Record<string, unknown>): Promise<Buffer> {
    const { result, body } = await call(method, args);
    const { refused } = (result ?? {}) as Partial<Refused>;
    if (refused) throw platformError(refused);
    return body;
  }

  /** Both forms: (integration, connection, action, input), and (action, input) on this connection. */
  async function triggerAction(...args: unknown[]): Promise<unknown> {
    const [providerConfigKey, connectionId, actionName, input] =
      typeof args[1] === 'string' ? args : [own.providerConfigKey, own.connectionId, ...args];
    for (const name of [providerConfigKey, connectionId, actionName]) {
      if (typeof name !== 'string')
        throw ourError(
          new TypeError('Call nango.triggerAction(integration, connection, action, input) or (action, input).'),
          'invalid_arguments',
        );
    }
    const body = await delegate('triggerAction', { providerConfigKey, connectionId, actionName, input });
    return JSON.parse(body.toString());
  }

  return {
    getConnection: (providerConfigKey?: string, connectionId?: string, options?: ConnectionOptions) =>
      ask('getConnection', { providerConfigKey, connectionId, options }),
    getToken: () => ask('getToken'),
    getIntegration: (options?: { include?: string[] }) => ask('getIntegration', { include: options?.include }),
    getMetadata,
    setMetadata,
    updateMetadata: metadataCall('updateMetadata'),
    getFieldMapping: async () => (await getMetadata())['fieldMapping'] ?? {},
    setFieldMapping: setMetadata,
    getWebhookURL: () => ask<string | null>('getWebhookURL'),
    getEnvironmentVariables: () => ask<{ name: string; value: string }[]>('getEnvironmentVariables'),
    getFlowAttributes: () => attributes,
    triggerAction,
    triggerSync: async (
      providerConfigKey: string,
      connectionId: string,
      sync: SyncName,
      options?: unknown,
    ): Promise<void> => {
      await delegate('triggerSync', { providerConfigKey, connectionId, sync, options });
    },
    startSync: async (providerConfigKey: string, syncs: SyncName[], connectionId?: string): Promise<void> => {
      await delegate('startSync', { providerConfigKey, syncs, connectionId });
    },
  };
}
