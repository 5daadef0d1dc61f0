// What each control does. Bodies are checked here; the simulator's own methods trust their callers.
import { given, type Input, only, readChoice, readNumber, readObject, readTexts } from './control-input.ts';
import type { DatasetOptions } from './dataset.ts';
import type { FaultRule } from './faults/script.ts';
import type { OAuthClient } from './oauth/options.ts';
import { dialects } from './rate-limit.ts';
import type { Simulator } from './simulator.ts';
import { sendWebhook, type WebhookSending, webhookSchemes } from './webhooks.ts';

export type ControlRoute = (input: Input, query: URLSearchParams) => unknown;

const maxBatch = 100_000;

export function createControlRoutes(simulator: Simulator): Record<string, ControlRoute> {
  const { oauth, served, requests, faults, rateLimit } = simulator;

  /** Applies a change to named rows, or to `count` rows of the seed's choice. */
  function changeRows(input: Input, change: (id: string) => boolean): unknown {
    const ids = readTexts(input['ids'], 'ids') ?? simulator.dataset.sample(readNumber(input['count'], 'count') ?? 1);
    return { ids: ids.filter(change) };
  }

  return {
    'POST reset': (input) => simulator.reset({ dataset: parseDataset(input) }),
    'GET counters': () => simulator.counters(),
    'POST auth': (input) => simulator.setAuth(parseAuth(input)),
    'POST refuse': (input) => simulator.refuse(readNumber(only(input, 'ms').ms, 'ms') ?? 1000),

    'GET dataset': (_, query) => describeDataset(simulator, query),
    'POST dataset': (input) => simulator.seed(parseDataset(input)),
    'POST create': (input) => {
      const { count, fields } = only(input, 'count', 'fields');
      const wanted = Math.min(maxBatch, readNumber(count, 'count') ?? 1);
      const values = readObject(fields, 'fields');
      return { ids: Array.from({ length: wanted }, () => simulator.dataset.create(values)) };
    },
    'POST edit': (input) => {
      const values = readObject(only(input, 'ids', 'count', 'fields').fields, 'fields');
      return changeRows(input, (id) => simulator.dataset.edit(id, values));
    },
    'POST delete': (input) => changeRows(only(input, 'ids', 'count'), (id) => simulator.dataset.remove(id)),
    'POST restore': (input) => changeRows(only(input, 'ids'), (id) => simulator.dataset.restore(id)),

    'GET faults': () => ({ rules: faults.list(), counts: faults.counts() }),
    'POST faults': (input) => {
      const { rules, seed } = only(input, 'rules', 'seed');
      if (!Array.isArray(rules)) throw new TypeError('rules is a list.');
      faults.set(rules as FaultRule[], readNumber(seed, 'seed')); // set() checks each rule
    },
    'DELETE faults': () => faults.clear(),

    'POST rate-limit': (input) => {
      const { dialect, limit, windowMs, leakPerSecond } = only(input, 'dialect', 'limit', 'windowMs', 'leakPerSecond');
      const chosen = readChoice(dialect, 'dialect', dialects);
      if (chosen === undefined) throw new TypeError('dialect is missing; DELETE switches the limit off.');
      const numbers = { limit: readNumber(limit, 'limit'), windowMs: readNumber(windowMs, 'windowMs') };
      rateLimit.set({
        dialect: chosen,
        ...given({ ...numbers, leakPerSecond: readNumber(leakPerSecond, 'leakPerSecond') }),
      });
    },
    'DELETE rate-limit': () => rateLimit.set(undefined),

    'POST webhook': async (input) => ({ answers: await sendWebhook(parseWebhook(input)) }),

    'GET oauth': () => oauth.options,
    'POST oauth': (input) => oauth.set(parseOAuth(input)),
    'POST oauth/grants': (input) => {
      const { count, accessTokenTtlSeconds } = only(input, 'count', 'accessTokenTtlSeconds');
      const ttl = given({ accessTokenTtlSeconds: readNumber(accessTokenTtlSeconds, 'accessTokenTtlSeconds') });
      const length = Math.min(maxBatch, readNumber(count, 'count') ?? 1);
      return { tokens: Array.from({ length }, () => oauth.issue(ttl)) };
    },
    'POST oauth/inspect': (input) => ({
      tokens: (readTexts(only(input, 'tokens').tokens, 'tokens') ?? []).map((token) => ({
        usable: oauth.grants.isUsable(token) || oauth.grants.findAccessToken(token) !== undefined,
        grant: oauth.grants.grantOf(token) ?? null,
      })),
    }),
    'POST oauth/expire': () => oauth.grants.expireAccessTokens(),
    'GET oauth/log': (_, query) => ({ entries: oauth.log.list(parseWindow(query)) }),
    'DELETE oauth/log': () => oauth.log.clear(),

    'GET requests': (_, query) => ({
      entries: requests.list({ ...parseWindow(query), ...given({ path: query.get('path') ?? undefined }) }),
    }),
    'DELETE requests': () => requests.clear(),
    'GET served': (_, query) => ({ answers: served.list(parseWindow(query)), dropped: served.droppedAnswers }),
    'GET served/latest': () => ({ revisions: Object.fromEntries(served.latest()) }),
    'DELETE served': () => served.clear(),
  };
}

function describeDataset({ dataset }: Simulator, query: URLSearchParams): unknown {
  const summary = {
    live: dataset.liveCount,
    deleted: dataset.deletedCount,
    version: dataset.version,
    seed: dataset.seed,
  };
  if (!query.has('rows')) return summary;
  return { ...summary, rows: dataset.select().map((index) => dataset.read(index)) };
}

function parseWindow(query: URLSearchParams): { after?: number; limit?: number } {
  const read = (name: string) => (query.has(name) ? (readNumber(Number(query.get(name)), name) ?? 0) : undefined);
  return given({ after: read('after'), limit: read('limit') });
}

function parseDataset(input: Input): DatasetOptions {
  const { count, seed, sizeBytes, clock } = only(input, 'count', 'seed', 'sizeBytes', 'clock');
  return given({
    count: readNumber(count, 'count'),
    seed: readNumber(seed, 'seed'),
    sizeBytes: readNumber(sizeBytes, 'sizeBytes'),
    clock: readChoice(clock, 'clock', ['real', 'virtual']),
  });
}

function parseAuth(input: Input): Parameters<Simulator['setAuth']>[0] {
  const { requireAuth, apiKeys, basic } = only(input, 'requireAuth', 'apiKeys', 'basic');
  const login = readObject(basic, 'basic');
  return given({
    requireAuth: readFlag(requireAuth, 'requireAuth'),
    apiKeys: readTexts(apiKeys, 'apiKeys'),
    basic: login && { username: String(login['username'] ?? ''), password: String(login['password'] ?? '') },
  });
}

function parseWebhook(input: Input): WebhookSending {
  const { url, body, scheme, secret, id, times, badSignature, ageSeconds } = only(
    input,
    'url',
    'body',
    'scheme',
    'secret',
    'id',
    'times',
    'badSignature',
    'ageSeconds',
  );
  if (typeof url !== 'string' || !URL.canParse(url)) throw new TypeError('url is a URL.');
  const options = given({
    scheme: readChoice(scheme, 'scheme', webhookSchemes),
    secret: secret === undefined ? undefined : String(secret),
    id: id === undefined ? undefined : String(id),
    times: readNumber(times, 'times'),
    badSignature: readFlag(badSignature, 'badSignature'),
    ageSeconds: readNumber(ageSeconds, 'ageSeconds'),
  });
  return { url, body: body ?? {}, ...options };
}

function parseOAuth(input: Input): Parameters<Simulator['oauth']['set']>[0] {
  const numbers = ['graceSeconds', 'accessTokenTtlSeconds', 'delayMs'] as const;
  const flags = ['requirePkce', 'issueRefreshToken'] as const;
  const { rotation, iss, answerFormat, clients, ...rest } = only(
    input,
    ...numbers,
    ...flags,
    'rotation',
    'iss',
    'answerFormat',
    'clients',
  );
  return given({
    graceSeconds: readNumber(rest.graceSeconds, 'graceSeconds'),
    accessTokenTtlSeconds: readNumber(rest.accessTokenTtlSeconds, 'accessTokenTtlSeconds'),
    delayMs: readNumber(rest.delayMs, 'delayMs'),
    requirePkce: readFlag(rest.requirePkce, 'requirePkce'),
    issueRefreshToken: readFlag(rest.issueRefreshToken, 'issueRefreshToken'),
    rotation: readChoice(rotation, 'rotation', ['none', 'grace', 'strict']),
    iss: readChoice(iss, 'iss', ['right', 'wrong', 'none']),
    answerFormat: readChoice(answerFormat, 'answerFormat', ['json', 'form']),
    clients: clients === undefined ? undefined : parseClients(clients),
  });
}

function parseClients(value: unknown): OAuthClient[] {
  if (!Array.isArray(value)) throw new TypeError('clients is a list.');
  return value.map((one: unknown) => {
    const { clientId, clientSecret, redirectUris } = only(
      readObject(one, 'client') ?? {},
      'clientId',
      'clientSecret',
      'redirectUris',
    );
    if (typeof clientId !== 'string' || typeof clientSecret !== 'string')
      throw new TypeError('A client has clientId and clientSecret.');
    return { clientId, clientSecret, ...given({ redirectUris: readTexts(redirectUris, 'redirectUris') }) };
  });
}

function readFlag(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new TypeError(`${name} is true or false.`);
}
