// What a function of createFunction is told about why it runs: the second argument of its `exec`.
import type { FunctionKind, Start } from '../protocol.ts';

const kinds = { action: 'invoke', sync: 'schedule', webhook: 'http', 'on-event': 'event' } as const satisfies Record<
  FunctionKind,
  string
>;

export function triggerOf({
  kind,
  properties,
  hasInput,
  input,
  webhook,
}: Pick<Start, 'kind' | 'properties' | 'hasInput' | 'input' | 'webhook'>) {
  const { connectionId, providerConfigKey } = properties;
  const connection = { connectionId, providerConfigKey };
  const trigger = { kind: kinds[kind], connection, input: hasInput ? input : undefined };
  if (!webhook) return trigger;
  const { method, path, headers, query, subscriptions } = webhook;
  return { ...trigger, request: { method, path, headers, query, body: input }, subscriptions };
}
