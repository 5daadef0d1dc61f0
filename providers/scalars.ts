// Small shapes that several parts of an entry share.
import { z } from 'zod';

/** YAML reads `7` and `true` as number and boolean; on the wire a parameter or header is always text. */
export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const textByName = z.record(z.string().min(1), text);

/** Nested parameters of a request body; strings in it may hold placeholders. */
export const body = z.record(z.string().min(1), z.json());

export const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

export const origin = z
  .string()
  .regex(/^https?:\/\/[^/?#\s]+$/, { error: 'must be an origin: scheme, host and port without a path' });

export const method = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
