// Notes what a platform answers, and makes the recording of it: `<name>.test.json`, in the form that tests replay.
import type { Fixture } from '@syncline/testing';
import { isSecretName } from '../../core/logs/redact.ts';
import { decodeBody } from './body.ts';
import type { Args, CallResult, Calls } from './calls.ts';
import type { DryRun } from './engine.ts';
import type { Outcome } from './outcome.ts';
import type { Platform } from './platform.ts';
import { type Asked, type Noted, toApi } from './recorded-api.ts';
import { createScrubber } from './scrub-recording.ts';

export interface Recorder {
  /** The platform to run with: it notes what it is asked. */
  platform: Platform;
  toFixture(outcome: Outcome, options: RecordingOptions): Fixture;
}

interface RecordingOptions {
  /** What the run began with. */
  run: Pick<DryRun, 'input' | 'checkpoint' | 'lastSyncDate' | 'metadata'>;
  /** What no recording may hold. */
  secrets: Iterable<string>;
  /** E-mail addresses go too. */
  emails: boolean;
}

/** Answered by value, once. */
const members = ['getConnection', 'getIntegration', 'getWebhookURL', 'getEnvironmentVariables'] as const;
/** Of a connection; whose it is has no place in a repository. */
const connectionFields = [
  'id',
  'connection_id',
  'provider_config_key',
  'provider',
  'connection_config',
  'metadata',
  'credentials',
];
/** Of the transport: it says nothing about the answer. */
const transport = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length']);

export function createRecorder(inner: Platform): Recorder {
  const noted: Noted[] = [];
  const values: Record<string, unknown> = {};
  const actions: Record<string, unknown> = {};
  // While it is recorded the clock stands still, as it will when it is replayed.
  const clock = new Date().toISOString();
  const call = (name: string, args: Args, body: Buffer) => inner.calls[name]!(args, body);

  function note(asked: Asked, { result, body = Buffer.alloc(0) }: CallResult, responseType?: unknown): void {
    const { status, headers, url } = result as { status: number; headers: Record<string, unknown>; url?: string };
    const kept = Object.entries(headers).filter(([name]) => !transport.has(name) && !isSecretName(name));
    const response = decodeBody(body, responseType);
    noted.push({ asked, url, answer: { response, status, headers: Object.fromEntries(kept) } });
  }

  async function noteValue(member: string, args: Args, body: Buffer): Promise<CallResult> {
    const answer = await call(member, args, body);
    values[member] ??= answer.result;
    return answer;
  }

  const calls: Calls = {
    ...inner.calls,
    ...Object.fromEntries(members.map((member) => [member, (args, body) => noteValue(member, args, body)] as const)),
    async http(args, body) {
      const answer = await call('http', args, body);
      const { method, endpoint, params, headers, baseUrlOverride, given } = args as unknown as Asked & { given?: Args };
      const data = given?.['data'] ?? (body.length > 0 ? body : undefined);
      note({ method, endpoint, params, headers, baseUrlOverride, data }, answer, given?.['responseType']);
      return answer;
    },
    async uncontrolledFetch(args, body) {
      const answer = await call('uncontrolledFetch', args, body);
      const { url, method = 'GET', headers } = args as { url: string; method?: string; headers?: Asked['headers'] };
      note({ method, endpoint: url, headers, data: body.length > 0 ? body.toString() : undefined }, answer);
      return answer;
    },
    async getToken(args, body) {
      values['getConnection'] ??= (await call('getConnection', {}, body)).result; // a replay takes the token from it
      return call('getToken', args, body);
    },
    async triggerAction(args, body) {
      const answer = await call('triggerAction', args, body);
      if (answer.body) actions[String(args['actionName'])] = JSON.parse(answer.body.toString());
      return answer;
    },
  };

  return {
    platform: { ...inner, calls, clock },
    toFixture(outcome, { run, secrets, emails }) {
      const connection = values['getConnection'] as Record<string, unknown> | undefined;
      const { checkpoint = null, lastSyncDate } = run;
      const nango = {
        clock,
        provider: inner.place.provider,
        ...(inner.rules.pagination !== undefined && { pagination: inner.rules.pagination }),
        ...values,
        ...(connection && {
          getConnection: Object.fromEntries(connectionFields.map((field) => [field, connection[field]])),
        }),
        getMetadata: run.metadata ?? inner.metadata,
        ...(Object.keys(actions).length > 0 && { triggerAction: actions }),
        ...(checkpoint !== null && { checkpoint }),
        ...(lastSyncDate && { lastSyncDate: lastSyncDate.toISOString() }),
        ...(outcome.kind !== 'action' && recordsOf(outcome)),
      };
      const own = { ...(outcome.kind === 'action' && { input: run.input?.value, output: outcome.output }), nango };
      const scrubber = createScrubber({ secrets, emails });
      scrubber.learn(own);
      scrubber.learn(noted);
      return { ...scrubber.value(own), api: toApi(noted, scrubber) };
    },
  };
}

/** All that was saved and deleted, in order. */
function recordsOf({ streams }: Outcome): NonNullable<Fixture['nango']> {
  const saves = [...streams].map(([model, { saved }]) => [model, saved.map((body) => JSON.parse(body.toString()))]);
  const deletes = [...streams].map(([model, { deletions }]) => [
    model,
    deletions.map(({ id, deletedAt }) => ({ id, ...(deletedAt !== null && { deletedAt }) })),
  ]);
  return { batchSave: Object.fromEntries(saves), batchDelete: Object.fromEntries(deletes) };
}
