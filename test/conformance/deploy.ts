// Scripts to functions of the instance: bundled as the command line does, deployed by the public API, a provider at a time.
import { join } from 'node:path';
import { type Compiled, compileFunctions } from '../../cli/compile/compile-functions.ts';
import { CliError } from '../../cli/errors.ts';
import type { Api } from './api.ts';
import type { Corpus, Pair, ProviderFacts } from './corpus.ts';

/** A sync has an integration of its own, else each connection would start the syncs of all other pairs too. */
export const integrationOf = ({ kind, provider, name }: Pair) => (kind === 'sync' ? `${provider}--${name}` : provider);

/** Why pairs could not be deployed, by id. */
export type Refused = Map<string, string>;

export async function deployPairs(api: Api, corpus: Corpus, pairs: Pair[]): Promise<Refused> {
  const refused: Refused = new Map();
  for (const [provider, group] of Map.groupBy(pairs, (pair) => pair.provider)) {
    const refuse = (reason: unknown, which = group) => {
      const why = `deploy: ${reason instanceof Error ? reason.message : String(reason)}`;
      for (const { id } of which) refused.set(id, refused.get(id) ?? why);
    };
    try {
      const facts = corpus.providers[provider];
      if (!facts) throw new Error(`providers.json does not have ${provider}.`);
      await createIntegrations(api, { provider, facts, keys: new Set(group.map(integrationOf)) });
      const compiled = await compile(corpus, onePerScript(group), (script, reason) =>
        refuse(
          reason,
          group.filter((pair) => pair.script === script),
        ),
      );
      if (compiled) await deploy(api, compiled);
    } catch (error) {
      refuse(error);
    }
  }
  return refused;
}

async function createIntegrations(
  api: Api,
  { provider, facts, keys }: { provider: string; facts: ProviderFacts; keys: Set<string> },
): Promise<void> {
  const { authMode } = facts;
  const client = { client_id: 'dummy-client-id', client_secret: 'dummy-client-secret' };
  const needsApp = authMode === 'OAUTH1' || authMode === 'OAUTH2' || authMode === 'TBA';
  const { data } = await api.ok<{ data: { unique_key: string }[] }>('GET', '/integrations');
  const there = new Set(data.map(({ unique_key }) => unique_key));
  for (const unique_key of keys) {
    if (there.has(unique_key)) continue;
    const credentials = needsApp ? { credentials: { type: authMode, ...client } } : {};
    await api.ok('POST', '/integrations', { body: { provider, unique_key, ...credentials } });
  }
}

/** Two pairs may play two recordings of one script. */
const onePerScript = (pairs: Pair[]) => [...new Map(pairs.map((pair) => [pair.script, pair])).values()];

/** One script that does not compile must not keep its neighbours from running. */
async function compile(
  corpus: Corpus,
  pairs: Pair[],
  refuse: (script: string, reason: string) => void,
): Promise<Compiled | undefined> {
  let left = pairs;
  for (let attempt = 0; attempt < 3 && left.length > 0; attempt++) {
    try {
      return await compileFunctions(
        left.map((pair) => toEntryPoint(corpus, pair)),
        corpus.dir,
        { typecheck: false },
      );
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      const errors = error.diagnostics.filter(({ severity }) => severity === 'error');
      const bad = new Map(errors.map((diagnostic) => [diagnostic.file, diagnostic]));
      const remaining = left.filter((pair) => !bad.has(pair.script));
      if (remaining.length === left.length) throw error;
      for (const pair of left) {
        const diagnostic = bad.get(pair.script);
        if (diagnostic) refuse(pair.script, `${diagnostic.code} ${diagnostic.message}`);
      }
      left = remaining;
    }
  }
  return undefined;
}

const toEntryPoint = ({ dir }: Corpus, pair: Pair) => ({
  file: join(dir, pair.script),
  path: pair.script,
  providerConfigKey: integrationOf(pair),
  name: pair.name,
  kind: pair.kind,
});

async function deploy(api: Api, { flowConfigs, onEventScriptsByProvider }: Compiled): Promise<void> {
  await api.ok('POST', '/sync/deploy', {
    timeoutMs: 120_000,
    body: {
      // Not started by its connection: the suite's trigger is the only run.
      flowConfigs: flowConfigs.map((flow) => (flow.type === 'sync' ? { ...flow, auto_start: false } : flow)),
      onEventScriptsByProvider,
      nangoYamlBody: '',
      reconcile: false,
      debug: false,
      sdkVersion: '0.1.0-zero',
    },
  });
}
