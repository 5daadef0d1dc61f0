// What an author declares about a function; the compiler reads it, the runtime calls `exec`.
import type { ZodType } from 'zod';
import type { CheckpointSchema, InputOf, MetadataSchema, Models, OutputOf, Undeclared } from './infer.ts';
import type { NangoAction, NangoEvent, NangoSync } from './nango.ts';

export type { CheckpointSchema, MetadataSchema, Models } from './infer.ts';

export interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  group?: string;
}

interface Described {
  /** Shown to people, and to a model that picks tools. */
  description: string;
  /** A label; it never decides whether code runs. Default `0.0.1`. */
  version?: string;
}

export interface SyncDefinition<
  TModels extends Models = Models,
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
> extends Described {
  /** `every hour`, `every 5 minutes`, … from 30 seconds to 31 days. */
  frequency: string;
  /** Named types of records; each has an `id`. */
  models: TModels;
  /** Enables and types checkpoints. */
  checkpoint?: TCheckpoint;
  metadata?: TMetadata;
  /** False: created paused. Default true. */
  autoStart?: boolean;
  /** Documentation only. */
  scopes?: string[];
  /** Event types that `onWebhook` gets; `*` for all. */
  webhookSubscriptions?: string[];
  /** @deprecated Read records through `GET /records`. */
  endpoints?: Endpoint[];
  /** @deprecated Use a checkpoint. */
  syncType?: 'full' | 'incremental';
  /** @deprecated Use `trackDeletesStart` and `trackDeletesEnd`. */
  trackDeletes?: boolean;
  exec(nango: NangoSync<TModels, TMetadata, TCheckpoint>): Promise<void> | void;
  onWebhook?(nango: NangoSync<TModels, TMetadata, TCheckpoint>, payload: Undeclared): Promise<void> | void;
}

export interface ActionDefinition<
  TInput extends ZodType = ZodType,
  TOutput extends ZodType = ZodType,
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
> extends Described {
  /** Any zod type; `z.void()` for none. */
  input: TInput;
  output: TOutput;
  metadata?: TMetadata;
  checkpoint?: TCheckpoint;
  scopes?: string[];
  /** @deprecated Call `POST /action/trigger`. */
  endpoint?: Endpoint;
  exec(
    nango: NangoAction<TMetadata, TCheckpoint>,
    input: InputOf<TInput>,
  ): Promise<OutputOf<TOutput>> | OutputOf<TOutput>;
}

export type OnEvent = 'post-connection-creation' | 'pre-connection-deletion' | 'validate-connection';

export interface OnEventDefinition<
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
> extends Described {
  event: OnEvent;
  metadata?: TMetadata;
  checkpoint?: TCheckpoint;
  exec(nango: NangoEvent<TMetadata, TCheckpoint>): Promise<void> | void;
}

export type FunctionTrigger =
  | { kind: 'none' }
  | { kind: 'schedule'; frequency: string; autoStart?: boolean }
  | {
      kind: 'http';
      subscriptions?: string[];
      debounce?: { keyBy?: string; windowMs: number; maxEntities?: number; take?: 'latest' | 'first' | 'all' };
    }
  | { kind: 'event'; events: OnEvent[] };

/** What `exec` of a `createFunction` gets as its second argument. */
export interface FunctionTriggerEvent<TInput = Undeclared> {
  kind: 'invoke' | 'schedule' | 'http' | 'event';
  connection?: { connectionId: string; providerConfigKey: string };
  input: TInput;
  request?: { method: string; path: string; headers: Record<string, string>; query: unknown; body: Undeclared };
  subscriptions?: string[];
  coalesced?: { count: number; firstSeenAt: string; lastSeenAt: string };
}

export interface FunctionDefinition<
  TInput extends ZodType | undefined = undefined,
  TOutput extends ZodType | undefined = undefined,
  TModels extends Models = Models,
  TMetadata extends MetadataSchema | undefined = undefined,
  TCheckpoint extends CheckpointSchema | undefined = undefined,
> extends Described {
  input?: TInput;
  output?: TOutput;
  data?: { models?: TModels; metadata?: TMetadata; checkpoint?: TCheckpoint };
  trigger?: FunctionTrigger;
  requires?: { connection?: boolean; outbound?: boolean; invoke?: boolean };
  limits?: { concurrency?: { perConnection: 1 | 'max' } };
  exec(
    nango: NangoSync<TModels, TMetadata, TCheckpoint>,
    trigger: FunctionTriggerEvent<InputOf<TInput>>,
  ): Promise<OutputOf<TOutput>> | OutputOf<TOutput>;
}
