// The error that an action throws to tell its caller something in the caller's own words.

/** @example throw new nango.ActionError({ type: 'not_found', message: 'No such contact.' }); */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  readonly type = 'action_script_runtime_error';
  readonly payload: Record<string, unknown>;

  /** An array or a scalar becomes `{ message: payload }`; nothing becomes `{}`. */
  constructor(payload?: unknown) {
    const normalised = toPayload(payload);
    super(typeof normalised['message'] === 'string' ? normalised['message'] : '');
    this.payload = normalised;
  }
}

function toPayload(payload: unknown): Record<string, unknown> {
  if (payload === undefined || payload === null) return {};
  if (typeof payload === 'object' && !Array.isArray(payload)) return payload as Record<string, unknown>;
  return { message: payload };
}
