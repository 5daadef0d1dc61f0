// Connect sessions as documented and validated.
import { z } from '@hono/zod-openapi';
import type { NewSession } from '../core/connections/sessions/create-session.ts';
import type { Connectable } from '../core/connections/sessions/list-connectable.ts';
import type { SessionView } from '../core/connections/sessions/session-view.ts';
import { connectionId, endUser, providerConfigKey, tags, time, toEndUserInput, webhookUrl } from './fields.ts';

const organization = z.strictObject({ id: z.string().min(1).max(255), display_name: z.string().max(255).optional() });

const csv = z.string().max(4000);

const integrationDefaults = z.strictObject({
  user_scopes: csv.optional(),
  authorization_params: z.record(z.string().max(255), z.string().max(4000)).optional(),
  connection_config: z.looseObject({ oauth_scopes_override: csv.optional() }).optional(),
});

const shared = {
  end_user: endUser.optional(),
  organization: organization.optional(),
  integrations_config_defaults: z.record(providerConfigKey, integrationDefaults).optional(),
  overrides: z
    .record(
      providerConfigKey,
      z.strictObject({
        docs_connect: z
          .url({ protocol: /^https?$/ })
          .max(2000)
          .optional(),
      }),
    )
    .optional(),
  webhook_url_override: webhookUrl.optional(),
  tags: tags.optional(),
  require_confirmation: z
    .boolean()
    .optional()
    .openapi({ description: 'A new connection is unusable until `POST /connections/{connectionId}/confirm`' }),
};

export const newSession = z
  .strictObject({ ...shared, allowed_integrations: z.array(providerConfigKey).max(1000).optional() })
  .superRefine(({ end_user, tags: given }, context) => {
    if (end_user || given) return;
    const message = 'Required unless `tags` are given.';
    context.addIssue({ code: 'invalid_type', expected: 'object', input: undefined, path: ['end_user'], message });
  });

export const reconnectSession = z.strictObject({
  ...shared,
  connection_id: connectionId,
  integration_id: providerConfigKey,
});

type Body = Omit<z.output<typeof newSession>, 'allowed_integrations'>;

/** The webhook URL that older clients put among the defaults of an integration belongs to the session. */
export function toNewSession(body: Body): NewSession {
  const { end_user, organization: owner, integrations_config_defaults = {}, overrides, tags: given } = body;
  let webhookUrlOverride = body.webhook_url_override;
  const defaults = Object.entries(integrations_config_defaults).map(([key, { connection_config, ...rest }]) => {
    if (!connection_config) return [key, rest] as const;
    const { webhook_url, ...config } = connection_config;
    if (typeof webhook_url === 'string' && webhookUrl.safeParse(webhook_url).success)
      webhookUrlOverride ??= webhook_url;
    return [key, { ...rest, connection_config: config }] as const;
  });
  return {
    endUser: end_user && {
      ...toEndUserInput(end_user),
      ...(owner && { organization: { id: owner.id, displayName: owner.display_name } }),
    },
    defaults: Object.fromEntries(defaults),
    overrides,
    webhookUrlOverride,
    tags: given,
    requireConfirmation: body.require_confirmation,
  };
}

export const madeSession = z.object({
  data: z.object({
    token: z.string(),
    connect_link: z.string().openapi({ description: 'The connect page, ready for this session' }),
    expires_at: time,
  }),
});

export const sessionView = z.object({
  data: z.custom<SessionView>().openapi({ type: 'object', description: 'See `GET /connect/session` in the guide' }),
});

export const connectable = z.object({
  data: z.array(
    z.custom<Connectable>().openapi({
      type: 'object',
      description: '`unique_key`, `display_name`, `provider`, `logo`, `docs`, `scopes`, and `form` with its fields',
    }),
  ),
});

export const flowOutcome = z.object({
  data: z.object({
    status: z.enum(['pending', 'success', 'error']),
    provider_config_key: z.string().optional(),
    connection_id: z.string().optional(),
    is_pending: z.boolean().optional(),
    error_type: z.string().optional(),
    error_desc: z.string().optional(),
  }),
});

const telemetryEvents = [
  'open',
  'view:list',
  'view:integration',
  'view:unknown_error',
  'view:credentials_error',
  'view:success',
  'click:integration',
  'click:doc',
  'click:doc_section',
  'click:connect',
  'click:close',
  'click:finish',
  'click:outside',
  'popup:blocked_by_browser',
  'popup:closed_early',
] as const;

export const connectTelemetry = z.strictObject({
  token: z.string(),
  event: z.enum(telemetryEvents),
  timestamp: z.coerce.date(),
  dimensions: z.strictObject({ integration: z.string().max(255).optional() }).optional(),
});
