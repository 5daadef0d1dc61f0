// The calls of one run to its host: issued with an id, settled by the reply that carries it.
import type { Reply } from '../protocol.ts';
import type { Bridge } from './bridge.ts';
import type { HostCall } from './http.ts';

interface Pending {
  resolve(reply: { result: unknown; body: Buffer }): void;
  reject(error: unknown): void;
}

export function createHostCalls({ send, nextCallId }: Pick<Bridge, 'send' | 'nextCallId'>) {
  const waiting = new Map<number, Pending>();

  /** @throws the host's error with `code`, `status`, `payload` */
  const call: HostCall = async (method, args, body) => {
    const id = nextCallId();
    send({ t: 'call', id, method, args }, body);
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  };

  function settle({ id, result, error }: Reply, body: Buffer): void {
    const pending = waiting.get(id);
    waiting.delete(id);
    if (error) {
      const { code, message, status, payload } = error;
      pending?.reject(Object.assign(new Error(message), { code, status, payload }));
    } else {
      pending?.resolve({ result, body });
    }
  }

  return { call, settle };
}
