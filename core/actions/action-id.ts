// The id of an asynchronous action: new, or the one that an `Idempotency-Key` always leads to in its environment.
import { namedUuid } from '../crypto/named-uuid.ts';
import { uuidv7 } from '../crypto/uuid.ts';

/** Equal keys of two environments never meet. */
export const actionIdOf = (environmentId: string, idempotencyKey?: string): string =>
  idempotencyKey === undefined ? uuidv7() : namedUuid('async-action', environmentId, idempotencyKey);
