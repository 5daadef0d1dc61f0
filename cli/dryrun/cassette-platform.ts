// A recording as the platform of a dry run: no network, no instance. It answers what was recorded, and keeps account.
import type { PaginateRules } from '@syncline/functions/paginate';
import type { jsonRecording } from '@syncline/testing/json-recording';
import { createPlayer } from '@syncline/testing/player';
import { SynclineError } from '../../core/errors.ts';
import { encodeBody } from './body.ts';
import type { Args, Calls } from './calls.ts';
import { tokenOf } from './instance-platform.ts';
import type { Platform } from './platform.ts';

export type Recording = ReturnType<typeof jsonRecording>;

export interface Cassette extends Platform {
  /** Requests that the recording does not have. */
  missing: readonly string[];
  /** Recorded requests that nobody made. */
  unserved(): string[];
}

/** What scripts that look for it find, and what the links of recorded pages are resolved against. */
const origin = 'https://recorded.invalid';

export function openCassette(
  recording: Recording,
  { integration, pagination }: { integration: string; pagination: PaginateRules | undefined },
): Cassette {
  const player = createPlayer(recording, { strict: false });
  const value = (member: string) => recording.value(member) as unknown;
  const recorded = (value('getConnection') ?? {}) as { metadata?: object; connection_config?: object };
  const place = {
    connectionId: 'recorded',
    providerConfigKey: integration,
    provider: String(value('provider') ?? integration),
    environmentName: 'test',
  };
  const connection: Record<string, unknown> = {
    id: 1,
    connection_id: place.connectionId,
    provider_config_key: integration,
    provider: place.provider,
    credentials: {},
    metadata: {},
    ...recorded,
    connection_config: { ...recorded.connection_config, ...(value('connectionConfig') as object | undefined) },
  };

  /** @throws SynclineError not_recorded */
  async function play(config: Record<string, unknown>, method: string) {
    try {
      return await player.play(config as never, method);
    } catch (cause) {
      throw new SynclineError('not_recorded', (cause as Error).message, { status: 500, cause });
    }
  }

  const calls: Calls = {
    async http({ method, endpoint, params, headers, baseUrlOverride, given }, body) {
      const { data, responseType } = (given ?? {}) as { data?: unknown; responseType?: unknown };
      // A link of a recorded page, resolved: whatever host it had.
      const asked = String(endpoint).startsWith(`${origin}/`) ? String(endpoint).slice(origin.length) : endpoint;
      const sent = data ?? (body.length > 0 ? body : undefined);
      const answer = await play({ endpoint: asked, params, headers, baseUrlOverride, data: sent }, String(method));
      const { status } = answer;
      const url = new URL(String(asked).replace(/^(?!https?:|\/)/i, '/'), origin).href;
      return {
        result: { status, statusText: '', headers: lowerCase(answer.headers), url },
        body: encodeBody(answer.data, responseType),
      };
    },
    async uncontrolledFetch({ url, method = 'GET', headers }, body) {
      const data = body.length > 0 ? body.toString() : undefined;
      const {
        status,
        headers: received,
        data: response,
      } = await play({ endpoint: url, headers, data }, String(method));
      return {
        result: { status, statusText: '', headers: lowerCase(received), url, redirected: false },
        body: encodeBody(response, undefined),
      };
    },
    getConnection: async () => ({ result: connection }),
    getToken: async () => ({ result: tokenOf(connection['credentials'] as Record<string, unknown>) }),
    getIntegration: async () => ({
      result: value('getIntegration') ?? { unique_key: integration, provider: place.provider },
    }),
    getWebhookURL: async () => ({ result: value('getWebhookURL') ?? `${origin}/webhook` }),
    getEnvironmentVariables: async () => ({ result: value('getEnvironmentVariables') ?? [] }),
    triggerAction,
  };

  async function triggerAction({ actionName }: Args) {
    const answers = (value('triggerAction') ?? {}) as Record<string, unknown>;
    const name = String(actionName);
    if (Object.hasOwn(answers, name)) return { body: Buffer.from(JSON.stringify(answers[name])) };
    throw new SynclineError('not_recorded', `No recorded answer of the action ${name}.`, { status: 500 });
  }

  const clock = clockOf(recording);
  return {
    place,
    calls,
    missing: player.missing,
    unserved: () => player.unserved(),
    metadata: (value('getMetadata') ?? recorded.metadata ?? {}) as Record<string, unknown>,
    rules: { pagination, linkOrigins: [], siblingHosts: [''], logLevel: 'info' }, // '' fits every host
    ...(clock !== undefined && { clock }),
  };
}

/** The recorded time, else the earliest that a server told. */
function clockOf(recording: Recording): string | undefined {
  const clock = recording.value('clock') as string | undefined;
  if (clock !== undefined) return clock;
  const dates = ['get', 'post', 'put', 'patch', 'delete'].flatMap((method) =>
    recording
      .paths(method)
      .flatMap((path) => recording.entries(method, path))
      .map(({ headers = {} }) => Date.parse(String(lowerCase(headers)['date'])))
      .filter((time) => !Number.isNaN(time)),
  );
  return dates.length === 0 ? undefined : new Date(Math.min(...dates)).toISOString();
}

const lowerCase = (headers: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
