// From the zod schemas of a declaration to the types that its `nango` object speaks.
import type { output, ZodObject, ZodType } from 'zod';

/**
 * A value whose shape nobody declared: an upstream's body, undeclared metadata.
 * Existing scripts read these without a cast, so `unknown` would refuse code that has run for years.
 */
// biome-ignore lint/suspicious/noExplicitAny: the reason stands above; every other file uses this name
export type Undeclared = any;

export type Models = Record<string, ZodObject>;
/** A zod object or `z.void()`; wider here because scripts also declare unions and records. */
export type MetadataSchema = ZodType;
/** Flat: strings, finite numbers, booleans. */
export type CheckpointSchema = ZodObject;

export type ModelName<TModels> = Extract<keyof TModels, string>;
export type RecordOf<TModels, Name extends keyof TModels> = TModels[Name] extends ZodType
  ? output<TModels[Name]>
  : Record<string, unknown>;

export type MetadataOf<Schema> = [Schema] extends [ZodType] ? output<Schema> : Undeclared;
export type CheckpointOf<Schema> = [Schema] extends [ZodType] ? output<Schema> : Undeclared;
export type InputOf<Schema> = [Schema] extends [ZodType] ? output<Schema> : Undeclared;
export type OutputOf<Schema> = [Schema] extends [ZodType] ? output<Schema> : Undeclared;
