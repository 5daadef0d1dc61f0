// The contract between `syncline generate` and this client: which models and actions are deployed, as types.
import type { Undeclared } from './undeclared.ts';

/**
 * Empty here, filled by the generated file of a project; every `new Syncline()` of that project is then typed. The file is:
 *
 * @example
 * // syncline.gen.ts. Made by `syncline generate`. Do not edit.
 * import type {} from '@syncline/node';
 *
 * // One property for each model, by the model's name: the record as `listRecords` gives it, without `_nango_metadata`.
 * // A model that two integrations declare differently is the union of its shapes.
 * export interface Models {
 *   GithubIssue: { id: string; title: string; closed?: boolean };
 * }
 *
 * // One property for each action; `input: void` for an action that takes none.
 * export interface Actions {
 *   'create-issue': { input: { title: string }; output: { id: string; url: string } };
 * }
 *
 * declare module '@syncline/node' {
 *   interface SynclineRegistry {
 *     models: Models;
 *     actions: Actions;
 *   }
 * }
 *
 * Without the last part, or for a second instance: `new Syncline<Models, Actions>({ … })`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: declaration merging needs an interface, and fills it
export interface SynclineRegistry {}

/** Nothing generated: any model, any action, any shape. */
export type UntypedModels = Record<string, Record<string, Undeclared>>;
export type UntypedActions = Record<string, { input: Undeclared; output: Undeclared }>;

export type RegisteredModels = SynclineRegistry extends { models: infer Models } ? Models : UntypedModels;
export type RegisteredActions = SynclineRegistry extends { actions: infer Actions } ? Actions : UntypedActions;

export type ModelName<TModels> = Extract<keyof TModels, string>;
export type ActionName<TActions> = Extract<keyof TActions, string>;

/** `Explicit` is a type argument that the caller wrote (`listRecords<Issue>(…)`); it wins over what is generated. */
export type ModelOf<TModels, Name extends keyof TModels, Explicit> = [Explicit] extends [never]
  ? TModels[Name]
  : Explicit;

export type InputOf<TActions, Name extends keyof TActions, Explicit> = [Explicit] extends [never]
  ? TActions[Name] extends { input: infer Input }
    ? Input
    : unknown
  : Explicit;

export type OutputOf<TActions, Name extends keyof TActions, Explicit> = [Explicit] extends [never]
  ? TActions[Name] extends { output: infer Output }
    ? Output
    : unknown
  : Explicit;

/** The arguments from `input` on: it may be left out when the action takes none. */
export type InputArguments<Input, Rest extends unknown[] = []> = undefined extends Input
  ? [input?: Input, ...rest: Partial<Rest>]
  : [input: Input, ...rest: Partial<Rest>];
