// Column builders that every table shares, so that ids, times and ciphertexts look the same everywhere.
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Ciphertext or hash: bytes, never base64 in text. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** The tenant boundary: every table that has it gets forced row-level security (migrations, `row_level_security`). */
export const environmentId = () => uuid('environment_id').notNull();

export const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const createdAt = () => at('created_at').notNull().defaultNow();
