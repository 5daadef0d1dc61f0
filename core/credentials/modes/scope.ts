// The values that an entry's templates may use while a credential is being made.
import type { ProxyCredentials } from '../../proxy/entry.ts';
import type { Scope } from '../../proxy/interpolate.ts';
import { createScope } from '../../proxy/scope.ts';
import { requestParts } from '../entry-request.ts';
import type { Inputs, ModeSubject } from './mode.ts';

/** `extra`: names that only this step of this mode knows. */
export function modeScope(subject: ModeSubject, inputs: Inputs, extra: Record<string, unknown> = {}): Scope {
  const scope = createScope(requestParts(subject, { type: 'TWO_STEP', ...inputs } as ProxyCredentials));
  return { ...scope, values: { ...scope.values, ...extra } };
}
