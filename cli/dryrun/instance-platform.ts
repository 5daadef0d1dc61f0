// A running instance as the platform of a dry run: everything by its public API, with the environment's key.
import { z } from 'zod';
import { SynclineError } from '../../core/errors.ts';
import { entryContentType } from '../../core/proxy/headers.ts';
import { siblingHosts } from '../../core/proxy/sibling-hosts.ts';
import { createSecrets, type Secrets } from '../../core/runtime/host/secrets.ts';
import { CliError, exitCodes } from '../errors.ts';
import type { Args, CallResult, Calls } from './calls.ts';
import { fetchCall } from './fetch-call.ts';
import type { Instance } from './instance-request.ts';
import type { Platform } from './platform.ts';
import { proxyCalls } from './proxy-calls.ts';

export interface LivePlatform extends Platform {
  /** What the dry run has come across: no recording may hold it. */
  secrets: Secrets;
}

interface Where {
  environment: string;
  integration: string;
  connection: string;
  logLevel?: Platform['rules']['logLevel'];
}

const viewSchema = z.looseObject({
  provider: z.string(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  credentials: z.record(z.string(), z.unknown()),
});
type View = z.infer<typeof viewSchema>;

const providerSchema = z.object({
  data: z.looseObject({ proxy: z.looseObject({ link_origins: z.array(z.string()).optional() }).optional() }),
});
const integrationSchema = z.object({ data: z.looseObject({ webhook_url: z.string().nullish() }) });
const variablesSchema = z.array(z.object({ name: z.string(), value: z.string() }));

/** How long a connection's view is good, as in a worker. */
const viewMs = 60_000;

/** @throws CliError (exit code 12) when there is no such connection, or its credential cannot be used */
export async function openInstancePlatform(instance: Instance, where: Where): Promise<LivePlatform> {
  const secrets = createSecrets();
  const views = new Map<string, { readAt: number; view: Promise<View> }>();
  const own = { providerConfigKey: where.integration, connectionId: where.connection };

  async function readView(
    { providerConfigKey, connectionId }: typeof own,
    options: Record<string, string> = {},
  ): Promise<View> {
    const query = new URLSearchParams({ provider_config_key: providerConfigKey, ...options });
    const path = `/connections/${encodeURIComponent(connectionId)}?${query}`;
    const view = viewSchema.parse(await instance.json({ method: 'GET', path }).catch(asSeenByScripts));
    secrets.addCredential(view.credentials);
    return view;
  }

  function viewOf(key: typeof own, options: Record<string, string>): Promise<View> {
    const name = JSON.stringify(key);
    const known = views.get(name);
    if (known && Object.keys(options).length === 0 && Date.now() - known.readAt < viewMs) return known.view;
    const view = readView(key, options);
    view.catch(() => views.delete(name));
    views.set(name, { readAt: Date.now(), view });
    return view;
  }

  const [view, variables] = await Promise.all([viewOf(own, {}), readVariables(instance)]).catch((error) => {
    throw toCliError(error);
  });
  secrets.addVariables(variables ?? []);
  const { data } = providerSchema.parse(
    await instance.json({ method: 'GET', path: `/providers/${encodeURIComponent(view.provider)}` }),
  );
  // The instance has checked its own catalogue.
  const proxy = data.proxy as (Parameters<typeof siblingHosts>[0] & Parameters<typeof entryContentType>[0]) | undefined;
  const contentType = entryContentType(proxy);
  const place = { ...own, provider: view.provider, environmentName: where.environment };

  const calls: Calls = {
    ...proxyCalls(instance, place),
    ...fetchCall(),
    async getConnection(args) {
      const { providerConfigKey = own.providerConfigKey, connectionId = own.connectionId } = args as Partial<
        typeof own
      >;
      return { result: await viewOf({ providerConfigKey, connectionId }, wishes(args['options'])) };
    },
    getToken: async () => ({ result: tokenOf((await viewOf(own, {})).credentials) }),
    getIntegration: async (args) => ({ result: (await integrationOf(args['include'])).data }),
    getWebhookURL: async () => ({ result: (await integrationOf(['webhook'])).data.webhook_url ?? null }),
    async getEnvironmentVariables() {
      return { result: variables ?? (await instance.json({ method: 'GET', path: '/environment-variables' })) };
    },
    triggerAction,
  };

  async function integrationOf(include: unknown) {
    const query = new URLSearchParams((Array.isArray(include) ? include : []).map((one) => ['include', String(one)]));
    const path = `/integrations/${encodeURIComponent(own.providerConfigKey)}?${query}`;
    const found = integrationSchema.parse(await instance.json({ method: 'GET', path }));
    secrets.addNamed(found.data);
    return found;
  }

  /** As it is deployed: what it does to the provider is done. */
  async function triggerAction({ providerConfigKey, connectionId, actionName, input }: Args): Promise<CallResult> {
    const answer = await instance.send({
      method: 'POST',
      path: '/action/trigger',
      headers: {
        'content-type': 'application/json',
        'provider-config-key': String(providerConfigKey),
        'connection-id': String(connectionId),
      },
      body: Buffer.from(JSON.stringify({ action_name: actionName, input })),
    });
    if (answer.status === 200) return { body: answer.bytes };
    const { error } = JSON.parse(answer.bytes.toString()) as {
      error: { code: string; message: string; request_id?: string };
    };
    const { request_id: _, ...body } = error;
    return { result: { refused: { code: body.code, message: body.message, status: answer.status, body } } };
  }

  return {
    place,
    secrets,
    calls,
    metadata: view.metadata ?? {},
    rules: {
      pagination: proxy?.paginate,
      linkOrigins: proxy?.link_origins ?? [],
      siblingHosts: siblingHosts(proxy),
      ...(contentType !== undefined && { entryContentType: contentType }),
      logLevel: where.logLevel ?? 'info',
    },
  };
}

/** The route has a code of its own for a connection that is not there. */
function asSeenByScripts(error: { code?: string; message: string; status?: number }): never {
  if (error.code !== 'not_found') throw error;
  throw new SynclineError('unknown_connection', error.message, { status: 404, cause: error });
}

/** Undefined where the key may not read them: only a script that asks for them needs that. */
async function readVariables(instance: Instance) {
  try {
    return variablesSchema.parse(await instance.json({ method: 'GET', path: '/environment-variables' }));
  } catch (error) {
    if ((error as { status?: number }).status === 403) return undefined;
    throw error;
  }
}

function wishes(options: unknown): Record<string, string> {
  const { forceRefresh, refreshToken, refreshGithubAppJwtToken } = (options ?? {}) as Record<string, unknown>;
  return {
    ...(forceRefresh === true && { force_refresh: 'true' }),
    ...(refreshToken === true && { refresh_token: 'true' }),
    ...(refreshGithubAppJwtToken === true && { refresh_github_app_jwt_token: 'true' }),
  };
}

export function tokenOf(credentials: Record<string, unknown>): unknown {
  const { type, access_token, oauth_token, oauth_token_secret } = credentials;
  if (type === 'OAUTH2') return access_token;
  return type === 'OAUTH1' ? { oAuthToken: oauth_token, oAuthTokenSecret: oauth_token_secret } : credentials;
}

function toCliError(error: unknown): unknown {
  const { code, message, hint } = error as { code?: string; message: string; hint?: string };
  if (error instanceof CliError || code === undefined) return error;
  return new CliError(code, message, { exitCode: exitCodes.dryRun, ...(hint !== undefined && { hint }), cause: error });
}
