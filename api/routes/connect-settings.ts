// How an environment's connect page looks, where it may be shown, how strict its sessions are.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { ConnectSettings } from '../../core/db/schema/environments.ts';
import { isWebOrigin, readConnectSettings, updateConnectSettings } from '../../core/environments/connect-settings.ts';
import type { ApiEnv } from '../context.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const colour = z.string().regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i, 'A colour in hexadecimal, like #1f5eff.');

const origin = z.string().max(255).refine(isWebOrigin, {
  error: 'An origin: scheme, host and perhaps a port, like https://app.example.com.',
});

const settings = z
  .object({
    strict: z.boolean().openapi({ description: 'A session lasts 15 minutes, succeeds once, in one browser' }),
    session_minutes: z.number().int(),
    origins: z.array(z.string()).nullable().openapi({ description: 'Pages that may show the connect page; null: any' }),
    callback_url: z.string().nullable(),
    ui: z.object({
      show_watermark: z.boolean(),
      default_theme: z.enum(['light', 'dark', 'system']),
      primary_light: z.string().nullable(),
      primary_dark: z.string().nullable(),
    }),
  })
  .openapi('ConnectSettings');

const change = z.strictObject({
  strict: z.boolean().nullish(),
  session_minutes: z.number().int().min(1).max(1440).nullish(),
  origins: z.array(origin).max(50).nullish(),
  callback_url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .nullish(),
  ui: z
    .strictObject({
      show_watermark: z.boolean().optional(),
      default_theme: z.enum(['light', 'dark', 'system']).optional(),
      primary_light: colour.optional(),
      primary_dark: colour.optional(),
    })
    .nullish(),
});

const one = z.object({ data: settings });

const get = createRoute({
  method: 'get',
  path: '/connect/settings',
  summary: 'How this environment connects accounts',
  middleware: [requireScope('connect_settings:read')] as const,
  request: { query: noQuery },
  responses: { 200: json('The settings', one), ...errorResponses(400) },
});

const patch = createRoute({
  method: 'patch',
  path: '/connect/settings',
  summary: 'Changes what is named, `ui` as a whole; null goes back to the default',
  middleware: [requireScope('connect_settings:write')] as const,
  request: { query: noQuery, body: jsonBody(change) },
  responses: { 200: json('The settings', one), ...errorResponses(400) },
});

const toView = ({ strict, sessionMinutes, origins, callbackUrl, ui = {} }: ConnectSettings) => ({
  strict: strict ?? false,
  session_minutes: sessionMinutes ?? 30,
  origins: origins ?? null,
  callback_url: callbackUrl ?? null,
  ui: {
    show_watermark: ui.showWatermark ?? true,
    default_theme: ui.defaultTheme ?? ('system' as const),
    primary_light: ui.primaryLight ?? null,
    primary_dark: ui.primaryDark ?? null,
  },
});

function toChange({ strict, session_minutes, origins, callback_url, ui }: z.output<typeof change>) {
  return {
    strict,
    sessionMinutes: session_minutes,
    origins,
    callbackUrl: callback_url,
    ui: ui && {
      showWatermark: ui.show_watermark,
      defaultTheme: ui.default_theme,
      primaryLight: ui.primary_light,
      primaryDark: ui.primary_dark,
    },
  };
}

export const connectSettings = new OpenAPIHono<ApiEnv>()
  .openapi(get, async function handleGet(c) {
    return c.json({ data: toView(await readConnectSettings(c.var.environment)) }, 200);
  })
  .openapi(patch, async function handlePatch(c) {
    const wanted = toChange(c.req.valid('json'));
    return c.json({ data: toView(await updateConnectSettings(c.var.environment, wanted)) }, 200);
  });
