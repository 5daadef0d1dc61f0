// What a proxied call leaves in the log: one operation, and a line for each attempt. URLs come without credentials.

import type { LoadedConnection } from '../core/connections/read-connection.ts';
import { uuidv7 } from '../core/crypto/uuid.ts';
import { fromUnknown } from '../core/errors.ts';
import type { LogWriter } from '../core/logs/log-writer.ts';
import type { AttemptLine } from '../core/proxy/send.ts';

export interface ProxyLog {
  attempt(line: AttemptLine): void;
  answered(status: number): void;
  failed(error: unknown): void;
}

interface ProxyCall {
  environmentId: string;
  loaded: LoadedConnection;
  method: string;
  endpoint: string;
  actor: { id: string; displayName: string };
  /** Of a function or an earlier call: lines go there, and its end is not ours. */
  operationId?: string | undefined;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function startProxyLog(
  logs: LogWriter,
  { environmentId, loaded, method, endpoint, actor, operationId }: ProxyCall,
): ProxyLog {
  const { connection, integration, provider } = loaded;
  const joined = operationId !== undefined && uuid.test(operationId);
  const id = joined ? operationId : uuidv7();
  const path = endpoint.split('?', 1)[0]!;
  if (!joined) {
    logs.start({
      id,
      environmentId,
      type: 'proxy',
      action: 'call',
      title: `${method} ${path}`,
      integrationId: integration.id,
      connectionId: connection.id,
      context: { integration: integration.uniqueKey, provider, connection: connection.connectionId },
      actor: { type: 'api_key', id: actor.id, name: actor.displayName },
      request: { method, url: path },
    });
  }
  return {
    attempt({ method: sent, url, status, code, durationMs, retry }) {
      logs.message({
        environmentId,
        operationId: id,
        type: 'http',
        source: 'internal',
        level: status !== undefined && status < 400 ? 'info' : 'error',
        context: 'proxy',
        message: `${sent} ${url} ${status ?? code} in ${Math.round(durationMs)} ms`,
        details: {
          request: { method: sent, url },
          ...(status !== undefined && { response: { code: status } }),
          retry: { attempt: retry.attempt, max: retry.max, wait_ms: retry.waitMs ?? null },
        },
      });
    },
    answered(status) {
      if (!joined)
        logs.end(environmentId, id, { state: status < 400 ? 'success' : 'failed', response: { code: status } });
    },
    failed(cause) {
      const { code, message } = fromUnknown(cause);
      if (!joined) logs.end(environmentId, id, { state: 'failed', error: { type: code, message } });
    },
  };
}
