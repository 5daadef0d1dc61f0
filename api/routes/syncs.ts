// Syncs: what a person or an app may ask of them. Commands change rows; the workflows are told once that is committed.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { SynclineError } from '../../core/errors.ts';
import { pauseSyncs, startSyncs, triggerSyncs, updateFrequency } from '../../core/syncs/commands.ts';
import { syncStatus } from '../../core/syncs/status.ts';
import type { ApiEnv } from '../context.ts';
import { connectionId, functionName, providerConfigKey } from '../fields.ts';
import { given } from '../given.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';
import { pokeSyncs } from '../poke-syncs.ts';
import { syncStatusSchema } from '../sync-shape.ts';
import { syncVariants } from './sync-variants.ts';
import { syncsAndRuns } from './syncs-and-runs.ts';

/** `name` or `name::variant`. */
const refText = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,255}(?:::[a-zA-Z0-9_-]{1,255})?$/)
  .transform((text) => {
    const [name = '', variant = 'base'] = text.split('::');
    return { name, variant };
  })
  .openapi({ type: 'string', example: 'contacts::eu' });
const syncRef = z.union([refText, z.strictObject({ name: functionName, variant: functionName })]);

const done = z.object({ success: z.literal(true) });

const triggerBody = z
  .strictObject({
    syncs: z.array(syncRef),
    provider_config_key: providerConfigKey.optional(),
    connection_id: connectionId.optional(),
    opts: z.strictObject({ reset: z.boolean().optional(), emptyCache: z.boolean().optional() }).optional(),
    sync_mode: z.enum(['incremental', 'full_refresh', 'full_refresh_and_clear_cache']).optional(),
    full_resync: z.boolean().optional(),
  })
  .refine(
    ({ opts, sync_mode, full_resync }) => opts === undefined || (sync_mode === undefined && full_resync === undefined),
    {
      error: 'opts cannot be combined with sync_mode or full_resync',
      path: ['opts'],
    },
  );

const trigger = createRoute({
  method: 'post',
  path: '/sync/trigger',
  summary: 'One run now; during a run, one more after it',
  middleware: [requireScope('syncs:execute')] as const,
  request: {
    query: noQuery,
    headers: z.object({
      'provider-config-key': providerConfigKey.optional(),
      'connection-id': connectionId.optional(),
    }),
    body: jsonBody(triggerBody),
  },
  responses: {
    200: json(
      'Asked for',
      done.extend({
        status: z.literal('queued').optional(),
        queued: z.array(z.object({ connection_id: z.string(), name: z.string(), variant: z.string() })).optional(),
        warnings: z.array(z.string()).optional(),
      }),
    ),
    ...errorResponses(400, 404),
  },
});

const selection = z.strictObject({
  syncs: z.array(syncRef),
  provider_config_key: providerConfigKey,
  connection_id: connectionId.optional(),
});

const start = createRoute({
  method: 'post',
  path: '/sync/start',
  summary: 'Follows the schedule again',
  middleware: [requireScope('syncs:execute')] as const,
  request: { query: noQuery, body: jsonBody(selection) },
  responses: { 200: json('Started', done), ...errorResponses(400, 404) },
});

const pause = createRoute({
  method: 'post',
  path: '/sync/pause',
  summary: 'Commits the page in hand, then stops until started again',
  middleware: [requireScope('syncs:execute')] as const,
  request: { query: noQuery, body: jsonBody(selection) },
  responses: { 200: json('Paused', done), ...errorResponses(400, 404) },
});

const status = createRoute({
  method: 'get',
  path: '/sync/status',
  summary: 'State and last result of syncs',
  middleware: [requireScope('syncs:read')] as const,
  request: {
    query: z.strictObject({
      provider_config_key: providerConfigKey,
      syncs: z
        .string()
        .transform((text) => (text === '*' ? text : text.split(',').map((ref) => ref.trim())))
        .pipe(z.union([z.literal('*'), z.array(refText)]))
        .openapi({ type: 'string', example: 'contacts,deals::eu', description: '`*` for all' }),
      connection_id: connectionId.optional(),
    }),
  },
  responses: {
    200: json('One for each sync and connection', z.object({ syncs: z.array(syncStatusSchema) })),
    ...errorResponses(400),
  },
});

/** Its limits (30 s to 31 days) are the domain's to check; there they have a message and no entry. */
const frequencyShape =
  /^\s*(every\s+)?(half day|half hour|quarter hour|(\d+\s*)?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|months?))\s*$/i;

const setFrequency = createRoute({
  method: 'put',
  path: '/sync/update-connection-frequency',
  summary: 'How often the syncs of one connection run',
  middleware: [requireScope('syncs:update')] as const,
  request: {
    query: noQuery,
    body: jsonBody(
      z.strictObject({
        provider_config_key: providerConfigKey,
        connection_id: connectionId,
        sync_name: functionName,
        sync_variant: functionName.default('base'),
        frequency: z
          .string()
          .max(100)
          .regex(frequencyShape, { error: 'is no frequency, like "every 5 minutes"' })
          .nullable(),
      }),
    ),
  },
  responses: { 200: json('As it is now', z.object({ frequency: z.string() })), ...errorResponses(400) },
});

const toSelection = ({ provider_config_key, connection_id, syncs: refs }: z.output<typeof selection>) =>
  given({ providerConfigKey: provider_config_key, connectionId: connection_id, syncs: refs });

function modeOf({ opts, sync_mode, full_resync }: z.output<typeof triggerBody>) {
  if (sync_mode === 'full_refresh_and_clear_cache') return 'reset_and_clear';
  if (sync_mode === 'full_refresh' || full_resync) return 'reset';
  if (opts?.reset) return opts.emptyCache ? 'reset_and_clear' : 'reset';
  return 'incremental';
}

const cacheStays = 'emptyCache does nothing without reset.';

export const syncs = new OpenAPIHono<ApiEnv>()
  .openapi(trigger, async function handleTrigger(c) {
    const body = c.req.valid('json');
    const headers = c.req.valid('header');
    const key = body.provider_config_key ?? headers['provider-config-key'];
    if (key === undefined) {
      throw new SynclineError('missing_provider_config_key', 'Name the integration: provider_config_key.', {
        status: 400,
      });
    }
    const wanted = given({
      providerConfigKey: key,
      connectionId: body.connection_id ?? headers['connection-id'],
      syncs: body.syncs,
    });
    const { poke, stop, queued } = await triggerSyncs(c.var.environment, { ...wanted, mode: modeOf(body) });
    await pokeSyncs(c, poke, { stopRun: stop });
    return c.json(
      {
        success: true as const,
        ...(queued.length > 0 && { status: 'queued' as const, queued }),
        ...(body.opts?.emptyCache && !body.opts.reset && { warnings: [cacheStays] }),
      },
      200,
    );
  })
  .openapi(start, async function handleStart(c) {
    const { poke } = await startSyncs(c.var.environment, toSelection(c.req.valid('json')));
    await pokeSyncs(c, poke);
    return c.json({ success: true as const }, 200);
  })
  .openapi(pause, async function handlePause(c) {
    const { poke } = await pauseSyncs(c.var.environment, toSelection(c.req.valid('json')));
    await pokeSyncs(c, poke, { stopRun: true });
    return c.json({ success: true as const }, 200);
  })
  .openapi(status, async function handleStatus(c) {
    const { provider_config_key, connection_id, syncs: refs } = c.req.valid('query');
    const query = given({ providerConfigKey: provider_config_key, connectionId: connection_id, syncs: refs });
    return c.json({ syncs: await syncStatus(c.var.environment, query) }, 200);
  })
  .openapi(setFrequency, async function handleSetFrequency(c) {
    const { provider_config_key, connection_id, sync_name, sync_variant, frequency } = c.req.valid('json');
    const changed = await updateFrequency(c.var.environment, {
      providerConfigKey: provider_config_key,
      connectionId: connection_id,
      name: sync_name,
      variant: sync_variant,
      frequency,
    });
    await pokeSyncs(c, changed.poke);
    return c.json({ frequency: changed.frequency }, 200);
  })
  .route('/', syncVariants)
  .route('/', syncsAndRuns);
