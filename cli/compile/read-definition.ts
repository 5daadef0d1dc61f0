// What bundles declare. Their code runs in a fresh process with an empty environment: a broken one cannot take the CLI down.
import { fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { CliError, compileError, exitCodes } from '../errors.ts';

export interface EvaluateRequest {
  js: string;
  /** For messages. */
  file: string;
  providerConfigKey: string;
  name: string;
  /** From nango.yaml: the default export must be a function, and this is what it is. */
  declared?: Record<string, unknown> | undefined;
}

export type EvaluateResult =
  | { definition: unknown; error?: never }
  | { error: { code: string; message: string }; definition?: never };

const endpoint = z.object({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().min(1),
  group: z.string().min(1).max(64).optional(),
});

const onEvent = z.enum(['post-connection-creation', 'pre-connection-deletion', 'validate-connection']);

const described = {
  description: z.string().max(2000).default(''),
  version: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  exec: z.literal(true, 'exec must be a function'),
  checkpoint: z.boolean(),
  /** Name of the metadata schema, or of an action's input schema. */
  input: z.string().optional(),
  definitions: z.record(z.string(), z.record(z.string(), z.unknown())),
};

const definitionSchema = z.discriminatedUnion(
  'type',
  [
    z.object({
      ...described,
      type: z.literal('sync'),
      frequency: z.string(),
      models: z.array(z.string()),
      autoStart: z.boolean().default(true),
      trackDeletes: z.boolean().default(false),
      syncType: z.enum(['full', 'incremental']).default('full'),
      endpoints: z.array(endpoint.extend({ method: endpoint.shape.method.default('GET') })).default([]),
      webhookSubscriptions: z.array(z.string()).optional(),
      onWebhook: z.boolean(),
    }),
    z.object({
      ...described,
      type: z.literal('action'),
      output: z.string().optional(),
      endpoint: endpoint.extend({ method: endpoint.shape.method.default('POST') }).optional(),
    }),
    z.object({
      ...described,
      type: z.literal('onEvent'),
      event: onEvent,
    }),
    z.object({
      ...described,
      type: z.literal('function'),
      models: z.array(z.string()),
      output: z.string().optional(),
      /** Names of schemas; `checkpoint` above says only that there is one. */
      metadata: z.string().optional(),
      checkpointSchema: z.string().optional(),
      trigger: z
        .discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('none') }),
          z.strictObject({ kind: z.literal('schedule'), frequency: z.string(), autoStart: z.boolean().optional() }),
          z.strictObject({
            kind: z.literal('http'),
            subscriptions: z.array(z.string()).optional(),
            debounce: z.record(z.string(), z.unknown()).optional(),
          }),
          z.strictObject({ kind: z.literal('event'), events: z.array(onEvent).min(1) }),
        ])
        .default({ kind: 'none' }),
      requires: z
        .strictObject({
          connection: z.boolean().optional(),
          outbound: z.boolean().optional(),
          invoke: z.boolean().optional(),
        })
        .optional(),
      limits: z
        .strictObject({ concurrency: z.strictObject({ perConnection: z.literal([1, 'max']) }).optional() })
        .optional(),
    }),
  ],
  { error: 'the default export must come from createSync, createAction, createOnEvent or createFunction' },
);

export type Definition = z.infer<typeof definitionSchema>;
export type SyncDefinition = Extract<Definition, { type: 'sync' }>;
export type ActionDefinition = Extract<Definition, { type: 'action' }>;
/** Of createFunction. */
export type GeneralDefinition = Extract<Definition, { type: 'function' }>;

/** One process for all; answers in the order of the requests. */
export async function readDefinitions(requests: EvaluateRequest[]): Promise<(Definition | CliError)[]> {
  if (requests.length === 0) return [];
  const results = await evaluateInChild(requests);
  return results.map((result, i) => {
    const file = requests[i]?.file ?? '';
    if (result.error !== undefined) return compileError(result.error.code, result.error.message, { file });
    const parsed = definitionSchema.safeParse(result.definition);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    return compileError('invalid_definition', `${field === '' ? '' : `${field}: `}${issue?.message ?? 'invalid'}`, {
      file,
    });
  });
}

async function evaluateInChild(requests: EvaluateRequest[]): Promise<EvaluateResult[]> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const cacheDir = getCompileCacheDir(); // of this version of Node, below the folder that was asked for
  const timeoutMs = 20_000 + 200 * requests.length;
  const child = fork(new URL(`./evaluate-bundles${extension}`, import.meta.url), {
    // Half of its time goes into compiling zod.
    env: cacheDir === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(cacheDir) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    const fail = (message: string, cause?: unknown) =>
      reject(new CliError('import_failed', message, { exitCode: exitCodes.compile, cause }));
    child.once('message', (results) => resolve(results as EvaluateResult[]));
    child.once('error', (cause) => fail('The process that reads the functions could not be started.', cause));
    child.once('exit', (_code, signal) => {
      const names = requests.map((request) => request.file).join(', ');
      fail(
        signal === 'SIGKILL'
          ? `Importing did not end in ${timeoutMs / 1000} s: ${names}`
          : `Importing ended the process: ${names}`,
      );
    });
    child.send(requests);
  });
}
