// Errors of the platform: one that escapes the script ends the run under its own code, not as a mistake of the script.
const ours = new WeakSet<object>();

/** Codes that the pieces of the SDK throw, which know nothing of this file. */
const sdkCodes = new Set(['pagination_loop', 'pagination_limit', 'pagination_cross_origin', 'pagination_config']);

/** @example throw ourError(new Error('…'), 'unknown_model') */
export function ourError<E extends object>(error: E, code?: string): E {
  if (code !== undefined) Object.assign(error, { code });
  ours.add(error);
  return error;
}

export function isOurError(error: unknown): error is Error & { code: string; payload?: unknown } {
  if (typeof error !== 'object' || error === null) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && (ours.has(error) || sdkCodes.has(code));
}
