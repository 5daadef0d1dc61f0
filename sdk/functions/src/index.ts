// The package's front door: what `import … from 'nango'` and `from '@syncline/functions'` give an author.
export { ActionError } from './action-error.ts';
export type {
  ApiKeyCredentials,
  BasicCredentials,
  Connection,
  Credentials,
  EndUser,
  Integration,
  OAuth1Credentials,
  OAuth2CcCredentials,
  OAuth2Credentials,
  OtherCredentials,
} from './connection.ts';
export { createAction, createFunction, createOnEvent, createSync } from './declare.ts';
export type {
  ActionDefinition,
  CheckpointSchema,
  Endpoint,
  FunctionDefinition,
  FunctionTrigger,
  FunctionTriggerEvent,
  MetadataSchema,
  Models,
  OnEvent,
  OnEventDefinition,
  SyncDefinition,
} from './definitions.ts';
export type { FrequencyErrorCode } from './frequency.ts';
export { parseFrequency } from './frequency.ts';
export type {
  CursorPagination,
  HttpMethod,
  LinkPagination,
  OffsetPagination,
  Pagination,
  ProxyConfiguration,
  ProxyError,
  ProxyResponse,
} from './http.ts';
export type { CheckpointOf, InputOf, MetadataOf, ModelName, OutputOf, RecordOf } from './infer.ts';
export type {
  LogLevel,
  LogOptions,
  NangoAction,
  NangoEvent,
  NangoSync,
  StoredRecord,
  SyncRef,
  TriggerSyncOptions,
} from './nango.ts';
