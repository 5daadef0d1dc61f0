// The four ways to declare a function. They add `type` and do nothing else: importing a function has no effect.
import type { ZodType } from 'zod';
import type {
  ActionDefinition,
  CheckpointSchema,
  FunctionDefinition,
  MetadataSchema,
  Models,
  OnEventDefinition,
  SyncDefinition,
} from './definitions.ts';

/**
 * Copies data again and again, one instance for each connection.
 * @example
 * export default createSync({
 *   description: 'Copies every contact.',
 *   frequency: 'every hour',
 *   models: { Contact: z.object({ id: z.string(), name: z.string() }) },
 *   exec: async (nango) => {
 *     for await (const page of nango.paginate<{ id: string; name: string }>({ endpoint: '/contacts', retries: 3 })) {
 *       await nango.batchSave(page, 'Contact');
 *     }
 *   },
 * });
 */
export function createSync<
  TModels extends Models,
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
>(sync: SyncDefinition<TModels, TMetadata, TCheckpoint>) {
  return { ...sync, type: 'sync' as const };
}

/** Called once for an answer, by the app or by a model. */
export function createAction<
  TInput extends ZodType,
  TOutput extends ZodType,
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
>(action: ActionDefinition<TInput, TOutput, TMetadata, TCheckpoint>) {
  return { ...action, type: 'action' as const };
}

/** Runs when a connection is made, checked or removed. */
export function createOnEvent<
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
>(onEvent: OnEventDefinition<TMetadata, TCheckpoint>) {
  return { ...onEvent, type: 'onEvent' as const };
}

/** One form for every trigger; experimental. A deploy refuses what cannot run yet (`unsupported_function`). */
export function createFunction<
  TInput extends ZodType | undefined = undefined,
  TOutput extends ZodType | undefined = undefined,
  TModels extends Models = Models,
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
>(definition: FunctionDefinition<TInput, TOutput, TModels, TMetadata, TCheckpoint>) {
  return { ...definition, type: 'function' as const };
}
