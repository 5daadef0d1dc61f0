// The `nango` object of a test: every member is a spy, and answers what the recording says.
import { basename, dirname } from 'node:path';
import { ActionError, type ProxyConfiguration } from '@syncline/functions';
import { paginate } from '@syncline/functions/paginate';
import { checkpointMembers } from './checkpoint.ts';
import { findRecording } from './find-recording.ts';
import { jsonRecording } from './json-recording.ts';
import type { MockOptions } from './mock-options.ts';
import { createPlayer, type PlayedResponse, type Player } from './player.ts';
import { paginationOf } from './provider-pagination.ts';
import type { Recording } from './recording.ts';
import { createSpy, type Spy } from './spy.ts';
import { tokenOf } from './token.ts';
import type { Undeclared } from './undeclared.ts';
import { passInput, validateInput } from './validate-input.ts';

/** An origin for requests that name none: a link to a next page is then asked here, whatever host the recording had. */
const origin = 'https://recorded.invalid';

/** What syncs and actions both have. */
export class NangoMock {
  readonly connectionId: string;
  readonly providerConfigKey: string;
  readonly provider: string;
  readonly environmentId = 1;
  readonly environmentName = 'test';
  readonly isCLI = true;
  readonly activityLogId = 'test';
  readonly abortSignal = new AbortController().signal;
  readonly logger = { level: 'info' as const };
  readonly ActionError = ActionError;

  readonly proxy: Spy;
  readonly get: Spy;
  readonly post: Spy;
  readonly put: Spy;
  readonly patch: Spy;
  readonly delete: Spy;
  /** The real paginator, over the recording. */
  readonly paginate: Spy;
  readonly getConnection: Spy;
  readonly getToken: Spy;
  readonly getIntegration: Spy;
  readonly getMetadata: Spy;
  readonly setMetadata: Spy;
  readonly updateMetadata: Spy;
  readonly zodValidateInput: Spy;
  readonly getCheckpoint: Spy;
  readonly saveCheckpoint: Spy;
  readonly clearCheckpoint: Spy;
  readonly log = createSpy('log', async () => {});
  readonly setLogger = createSpy('setLogger');
  readonly getWebhookURL = createSpy('getWebhookURL', async () => 'https://example.com/webhook');
  readonly getEnvironmentVariables = createSpy('getEnvironmentVariables', async () => []);
  readonly getFlowAttributes = createSpy('getFlowAttributes', () => ({}));
  readonly getFieldMapping = createSpy('getFieldMapping', async () => ({}));
  readonly setFieldMapping = createSpy('setFieldMapping', async () => {});
  readonly triggerAction = createSpy('triggerAction', async () => undefined);
  readonly triggerSync = createSpy('triggerSync', async () => {});
  readonly startSync = createSpy('startSync', async () => {});
  readonly tryAcquireLock = createSpy('tryAcquireLock', async () => true);
  readonly releaseLock = createSpy('releaseLock', async () => true);
  readonly releaseAllLocks = createSpy('releaseAllLocks', async () => {});
  readonly uncontrolledFetch = createSpy('uncontrolledFetch', () => notRecorded('uncontrolledFetch'));

  readonly #recording: Recording;
  readonly #player: Player;

  constructor(options: MockOptions) {
    const { dirname: folder, name, fixture, strict = false } = options;
    this.providerConfigKey = options.providerConfigKey ?? (folder === undefined ? 'test' : basename(dirname(folder)));
    if (fixture === undefined && folder === undefined)
      throw new TypeError('Give `dirname`, the folder of the test, or a `fixture`.');
    this.#recording = fixture === undefined ? findRecording({ dirname: folder!, name }) : jsonRecording(fixture);
    this.provider = options.provider ?? this.recorded('provider') ?? this.providerConfigKey;
    this.#player = createPlayer(this.#recording, { strict });
    const recorded = (member: string) => createSpy(member, async () => this.recorded(member));
    const required = (member: string) => this.recorded(member) ?? notRecorded(member);
    const http = (member: string, method?: string) =>
      createSpy(member, (config: ProxyConfiguration) => this.#player.play(config, method));

    this.connectionId = this.recorded('getConnection')?.connection_id ?? 'test';
    this.proxy = http('proxy');
    this.get = http('get', 'get');
    this.post = http('post', 'post');
    this.put = http('put', 'put');
    this.patch = http('patch', 'patch');
    this.delete = http('delete', 'delete');
    const rules = options.pagination ?? this.recorded('pagination') ?? paginationOf(this.provider);
    this.paginate = createSpy('paginate', (config: ProxyConfiguration) => this.#paginate(config, rules));
    this.getConnection = createSpy('getConnection', async () => this.#connection());
    this.getToken = createSpy('getToken', async () => tokenOf(this.#connection().credentials));
    this.getIntegration = createSpy('getIntegration', async () => required('getIntegration'));
    this.getMetadata = createSpy('getMetadata', async () => required('getMetadata'));
    this.setMetadata = recorded('setMetadata');
    this.updateMetadata = recorded('updateMetadata');
    this.zodValidateInput = createSpy('zodValidateInput', strict ? validateInput : passInput);
    const { getCheckpoint, saveCheckpoint, clearCheckpoint } = checkpointMembers(this.recorded('checkpoint'));
    this.getCheckpoint = getCheckpoint;
    this.saveCheckpoint = saveCheckpoint;
    this.clearCheckpoint = clearCheckpoint;
  }

  /** What the function was called with. */
  async getInput(): Promise<Undeclared> {
    return this.#recording.input();
  }

  /** What it answered. */
  async getOutput(): Promise<Undeclared> {
    return this.#recording.output();
  }

  async getBatchSaveData(model: string): Promise<Undeclared[] | undefined> {
    return this.#recording.expected('batchSave', model);
  }

  async getBatchDeleteData(model: string): Promise<Undeclared[] | undefined> {
    return this.#recording.expected('batchDelete', model);
  }

  /** When it was recorded, for functions that look at the clock: `vi.setSystemTime(mock.clock)`. */
  get clock(): Date | undefined {
    const text = this.recorded('clock');
    return text === undefined ? undefined : new Date(text);
  }

  /** Recorded requests that the function did not make. */
  get unserved(): string[] {
    return this.#player.unserved();
  }

  /** @throws Error that lists each request that was not recorded */
  verify(): void {
    const problems = this.problems();
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  protected problems(): string[] {
    return this.#player.missing.map((request) => `Not recorded: ${request}`);
  }

  protected recorded(member: string): Undeclared {
    return this.#recording.value(member);
  }

  #connection(): Undeclared {
    const connection = this.recorded('getConnection');
    const config = this.recorded('connectionConfig');
    if (connection === undefined && config === undefined) return notRecorded('getConnection');
    return { ...connection, ...(config && { connection_config: config }) };
  }

  #paginate(
    config: ProxyConfiguration,
    rules: Parameters<typeof paginate>[1],
  ): AsyncGenerator<Undeclared[], undefined, void> {
    const urls = new WeakMap<PlayedResponse, string>();
    const request = async (page: Omit<ProxyConfiguration, 'paginate'>) => {
      const response = await this.#player.play(page);
      urls.set(response, new URL(page.endpoint.replace(/^(?!https?:|\/)/i, '/'), origin).href);
      return response;
    };
    const context = { urlOf: (response: PlayedResponse) => urls.get(response), siblingHosts: [''] };
    return paginate<Undeclared, ProxyConfiguration, PlayedResponse>(config, rules, request, context);
  }
}

/** Some functions look for this text. */
function notRecorded(member: string): never {
  throw new Error(`Missing mock data for ${member}`);
}

/** The `nango` object of an action under test. */
export class NangoActionMock extends NangoMock {
  readonly scriptType = 'action' as const;
}
