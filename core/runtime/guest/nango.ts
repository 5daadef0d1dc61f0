// The `nango` object: a thin client over the pipe. What is not listed here reads `undefined`, because scripts probe for it.
import { ActionError } from '@syncline/functions';
import { type PageResponse, paginate } from '../../proxy/paginate.ts';
import type { Start } from '../protocol.ts';
import { type HostCall, type HttpConfig, request } from './http.ts';
import { createLog } from './log.ts';
import { createRecordCalls } from './records.ts';
import { validateInput } from './validate-input.ts';

export interface Guest {
  nango: Record<string, unknown>;
  /** Waits for calls that the script issued and did not await: they belong to the run. */
  settle(): Promise<void>;
}

export function createNango(start: Start, rawCall: HostCall): Guest {
  const open = new Set<Promise<unknown>>();
  const call: HostCall = (method, args, body) => {
    const answer = rawCall(method, args, body);
    open.add(answer);
    void answer.finally(() => open.delete(answer)).catch(() => {});
    return answer;
  };
  const { properties } = start;
  const { trackDeletes, ...rest } = properties;
  const http = (method?: string) => (config: HttpConfig) =>
    request(call, method === undefined ? config : { ...config, method }, start.entryContentType);
  const value = async <T>(method: string, args: Record<string, unknown> = {}) => (await call(method, args)).result as T;
  const { log, logger, setLogger } = createLog(call);

  const nango: Record<string, unknown> = {
    ...rest,
    ...(trackDeletes !== undefined && { track_deletes: trackDeletes }),
    lastSyncDate: properties.lastSyncDate === undefined ? undefined : new Date(properties.lastSyncDate),
    scriptType: start.kind,
    isCLI: false,
    logger,
    ActionError,
    proxy: http(),
    get: http('GET'),
    post: http('POST'),
    put: http('PUT'),
    patch: http('PATCH'),
    delete: http('DELETE'),
    paginate: (config: HttpConfig) =>
      paginate(
        config as HttpConfig & { paginate?: unknown },
        start.pagination as never,
        async (page) => request(call, page as HttpConfig, start.entryContentType),
        {
          urlOf: (response: PageResponse) => (response as unknown as { request: { url?: string } }).request.url,
          linkOrigins: start.linkOrigins,
          siblingHosts: start.siblingHosts,
          warn: (message) => void log(message, { level: 'warn' }),
        },
      ),
    getConnection: (providerConfigKey?: string, connectionId?: string, options?: object) =>
      value('getConnection', { providerConfigKey, connectionId, ...options }),
    getToken: () => value('getToken'),
    getIntegration: (options?: object) => value('getIntegration', { ...options }),
    getMetadata: () => value('getMetadata'),
    setMetadata: (metadata: unknown) => value('setMetadata', { metadata }),
    updateMetadata: (metadata: unknown) => value('updateMetadata', { metadata }),
    getFieldMapping: async () => (await value<{ fieldMapping?: unknown }>('getMetadata')).fieldMapping ?? {},
    setFieldMapping: (fieldMapping: unknown) => value('updateMetadata', { metadata: { fieldMapping } }),
    getEnvironmentVariables: () => value('getEnvironmentVariables'),
    log,
    setLogger,
    zodValidateInput: validateInput(log),
    ...checkpointCalls(start, value),
    ...(start.kind === 'sync' || start.kind === 'webhook' ? createRecordCalls(start, call) : {}),
  };
  return {
    nango,
    async settle() {
      while (open.size > 0) await Promise.all(open); // the first failure is the run's
    },
  };
}

type Checkpoint = Record<string, unknown>;

/** The script sees its own save or clear at once; a clear is committed when the run ends, so that a kill resumes from the last save. */
function checkpointCalls(start: Start, value: <T>(method: string, args?: Record<string, unknown>) => Promise<T>) {
  let current: Checkpoint | null = start.checkpoint;
  return {
    getCheckpoint: async () => (current === null ? null : { ...current }),
    saveCheckpoint: async (checkpoint: unknown) => {
      current = await value<Checkpoint>('saveCheckpoint', { checkpoint: withDates(checkpoint) });
    },
    clearCheckpoint: async () => {
      current = null;
      await value('clearCheckpoint');
    },
  };
}

function withDates(checkpoint: unknown): unknown {
  if (typeof checkpoint !== 'object' || checkpoint === null || Array.isArray(checkpoint)) return checkpoint;
  return Object.fromEntries(
    Object.entries(checkpoint).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
}
