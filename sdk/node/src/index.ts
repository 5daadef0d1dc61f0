// The package's front door: the client of an app, its errors, its webhook checks, and the types of what goes in and out.
export type { SentRequest, ValidationProblem } from './api-error.ts';
export { SynclineApiError } from './api-error.ts';
export type { CallOptions, SynclineOptions } from './options.ts';
export type { NamedRecordQuery } from './read-arguments.ts';
export type { RecordBatch } from './read-records.ts';
export type {
  ActionName,
  ModelName,
  RegisteredActions,
  RegisteredModels,
  SynclineRegistry,
  UntypedActions,
  UntypedModels,
} from './registry.ts';
export type { ApiResponse, ResponseType } from './response.ts';
// `import { Nango } from …` of code that moves here stays as it is.
export { Syncline, Syncline as Nango } from './syncline.ts';
export type { AcceptedAction, AsyncActionRef } from './types/actions.ts';
export type * from './types/connections.ts';
export type * from './types/environment.ts';
export type * from './types/functions.ts';
export type * from './types/integrations.ts';
export type * from './types/logs.ts';
export type { Page, PageQuery } from './types/pages.ts';
export type { Place } from './types/place.ts';
export type { ProxyRequest } from './types/proxy.ts';
export type * from './types/records.ts';
export type * from './types/sessions.ts';
export type * from './types/syncs.ts';
export { version } from './version.ts';
export type { WebhookCheck, WebhookHeaders, WebhookProblem, WebhookVerdict } from './webhooks.ts';
export { checkHmac, checkWebhook } from './webhooks.ts';
