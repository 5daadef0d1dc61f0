// For tests beside this file: a `nango` object whose host is a function of the test, and what it was asked.
import type { FunctionKind, Start } from '../protocol.ts';
import { createNango } from './nango.ts';

export interface Asked {
  method: string;
  args: Record<string, unknown>;
  body: Buffer | undefined;
}

type Reply = { result?: unknown; body?: Buffer | string } | undefined;
// biome-ignore lint/suspicious/noExplicitAny: tests call members by name, as scripts do
export type AnyNango = Record<string, any>;

/** An error as the pipe brings it from the host. */
export const hostError = (code: string, more: { message?: string; status?: number; payload?: unknown } = {}) =>
  Object.assign(new Error(more.message ?? code), { code, ...more });

export function startWith(start: Partial<Start> = {}): Start {
  return {
    t: 'start',
    kind: 'sync',
    file: 'crm/syncs/contacts.js',
    properties: {
      connectionId: 'c1',
      providerConfigKey: 'crm',
      provider: 'acme-crm',
      environmentId: 7,
      environmentName: 'dev',
      activityLogId: 'operation',
      variant: 'base',
      syncId: 'sync',
      syncJobId: 3,
    },
    hasInput: false,
    models: ['Contact'],
    pagination: undefined,
    linkOrigins: [],
    siblingHosts: [],
    logLevel: 'info',
    attributes: null,
    ...(start.kind === undefined || start.kind === 'sync' ? { checkpoint: null } : {}),
    ...start,
  };
}

/** @param answer throws, or gives what the host would; undefined is an empty answer */
export function createTestGuest(
  answer: (asked: Asked) => Reply | Promise<Reply> = () => undefined,
  start: Partial<Start> & { kind?: FunctionKind } = {},
) {
  const asked: Asked[] = [];
  const guest = createNango(startWith(start), async (method, args, body) => {
    const call = { method, args: JSON.parse(JSON.stringify(args)) as Record<string, unknown>, body };
    asked.push(call);
    const reply = await answer(call);
    return { result: reply?.result, body: Buffer.from(reply?.body ?? '') };
  });
  const of = (method: string) => asked.filter((call) => call.method === method);
  return { nango: guest.nango as AnyNango, settle: guest.settle, asked, of };
}
