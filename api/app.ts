// The HTTP application: what every request passes, then one route file for each noun.
import { OpenAPIHono } from '@hono/zod-openapi';
import { createKeyFinder } from '../core/environments/find-api-key.ts';
import type { ApiEnv, Services } from './context.ts';
import { authenticate } from './middleware/authenticate.ts';
import { refuseFlood } from './middleware/authenticate-flood.ts';
import { bodyLimits } from './middleware/body-limits.ts';
import { connectionCache } from './middleware/connection-cache.ts';
import { codecCors, cors } from './middleware/cors.ts';
import { idempotency } from './middleware/idempotency.ts';
import { jsonBodies } from './middleware/json-body.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { requestId } from './middleware/request-id.ts';
import { type ReportError, respondError, respondNotFound } from './respond-error.ts';
import { actions } from './routes/actions.ts';
import { apiKeys } from './routes/api-keys.ts';
import { clientMetadataRoute } from './routes/client-metadata.ts';
import { type CodecEndpoint, codecRoutes } from './routes/codec.ts';
import { connectPage } from './routes/connect-page.ts';
import { connectSession, connectTelemetryRoute } from './routes/connect-session.ts';
import { connectSessions } from './routes/connect-sessions.ts';
import { connectSettings } from './routes/connect-settings.ts';
import { connectionMetadata } from './routes/connection-metadata.ts';
import { connections } from './routes/connections.ts';
import { credentialEndpoints } from './routes/credential-endpoints.ts';
import { deploy } from './routes/deploy.ts';
import { deploys } from './routes/deploys.ts';
import { docs } from './routes/docs.ts';
import { environmentKeys } from './routes/environment-keys.ts';
import { environmentVariables } from './routes/environment-variables.ts';
import { environments } from './routes/environments.ts';
import { functionBundles } from './routes/function-bundles.ts';
import { functionInvocations } from './routes/function-invocations.ts';
import { functionVersions } from './routes/function-versions.ts';
import { functions } from './routes/functions.ts';
import { health } from './routes/health.ts';
import { integrations } from './routes/integrations.ts';
import { legacyConnections } from './routes/legacy-connections.ts';
import { logs } from './routes/logs.ts';
import { oauth } from './routes/oauth.ts';
import { oauthCallback } from './routes/oauth-callback.ts';
import { passthrough } from './routes/passthrough.ts';
import { catalogue, providers } from './routes/providers.ts';
import { proxy } from './routes/proxy.ts';
import { publicKey } from './routes/public-key.ts';
import { records } from './routes/records.ts';
import { scriptsConfig } from './routes/scripts-config.ts';
import { signingKey } from './routes/signing-key.ts';
import { syncs } from './routes/syncs.ts';
import { telemetry } from './routes/telemetry.ts';
import { createTokenBuckets } from './token-bucket.ts';
import { refuseInvalid } from './validation.ts';

export interface AppOptions {
  /** Serves Temporal's UI; absent = 404. */
  codec?: CodecEndpoint;
  /** Of one key; a minute's worth may come at once. */
  requestsPerMinute?: number;
  /** Told of every 5xx. */
  report?: ReportError;
}

/** Well-formed keys that nobody has: this many a minute from one address, then it waits. */
const failuresPerMinute = 600;

/** A slash at the end is accepted, except behind `/proxy/`, where it belongs to the upstream's path. */
function routingPath({ url }: Request): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const end = url.slice(start).search(/[?#]/);
  const path = url.slice(start, end === -1 ? undefined : start + end);
  return path.length > 1 && path.endsWith('/') && !path.startsWith('/proxy/') ? path.replace(/\/+$/, '') || '/' : path;
}

/** @example serve({ fetch: createApp(services).fetch, port: 3003 }) */
export function createApp(
  services: Services,
  { codec, requestsPerMinute, report }: AppOptions = {},
): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ getPath: routingPath, defaultHook: refuseInvalid });
  app.onError((error, c) => respondError(c, error, report));
  app.notFound(respondNotFound);
  app.use(requestId(services));
  app.use('/temporal/*', codecCors);
  app.use(cors);

  app.route('/', health);
  app.route('/', catalogue);
  app.route('/', docs(app));
  app.use('/cli/*', bodyLimits);
  app.route('/', telemetry);
  app.use('/connect/telemetry', bodyLimits);
  app.route('/', connectTelemetryRoute);
  app.route('/', connectPage);
  app.route('/', oauthCallback);
  app.route('/', clientMetadataRoute);
  app.use('/temporal/*', bodyLimits);
  if (codec) app.route('/', codecRoutes(codec));

  const present = createKeyFinder(services.database);
  const failures = createTokenBuckets({ perMinute: failuresPerMinute });
  const authenticated = authenticate(services, { present, failures });
  app.use(authenticated);
  app.use(connectionCache(services));
  app.use(rateLimit({ ...(requestsPerMinute && { requestsPerMinute }) }));
  app.use(bodyLimits);
  app.use(jsonBodies);
  app.use(idempotency);

  app.route('/', providers);
  app.route('/', integrations);
  app.route('/', functions);
  app.route('/', functionVersions);
  // Before `/connections/{connectionId}`: "metadata" is a route, not an id.
  app.route('/', connectionMetadata);
  app.route('/', connections);
  app.route('/', legacyConnections);
  app.route('/', connectSessions);
  app.route('/', connectSession);
  app.route('/', connectSettings);
  app.route('/', publicKey);
  app.route('/', oauth);
  app.route('/', credentialEndpoints);
  app.route('/', records);
  app.route('/', syncs);
  app.route('/', actions);
  app.route('/', proxy);
  app.route('/', passthrough);
  app.route('/', logs);
  app.route('/', deploy);
  app.route('/', deploys);
  app.route('/', functionBundles);
  app.route('/', functionInvocations);
  app.route('/', scriptsConfig);
  app.route('/', environmentVariables);
  app.route('/', environments);
  app.route('/', environmentKeys);
  app.route('/', apiKeys);
  app.route('/', signingKey);
  refuseFlood(app, { failures, authenticate: authenticated, isFamiliar: (key) => present(key).isFamiliar });
  return app;
}
