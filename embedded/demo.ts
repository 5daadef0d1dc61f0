// The demo of a first start: the simulator's integration, a connection, deployed functions and a first sync, through the
// same API and CLI that anybody uses. A later start finds it all there and does nothing.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Instance } from './instance-file.ts';
import type { Print } from './print.ts';

const root = join(import.meta.dirname, '..');
const integration = 'simulator';
const connectionId = 'demo';
const sync = 'contacts';

export interface DemoParts {
  instance: Instance;
  simulatorUrl: string | undefined;
  print: Print;
  /** Gives up on the first sync after this; the demo is no reason not to serve. */
  timeoutMs?: number;
}

/** @returns what to try next, for people; undefined where there is nothing to try it on */
export async function runDemo({
  instance,
  simulatorUrl,
  print,
  timeoutMs = 60_000,
}: DemoParts): Promise<string | undefined> {
  const secretKey = instance.environments.find(({ name }) => name === 'dev')?.secretKey;
  if (!secretKey || simulatorUrl === undefined) return undefined;
  const call = caller(instance.url, secretKey);

  const known = await call('GET', `/integrations/${integration}`);
  if (known.status === 404) {
    await call('POST', '/integrations', {
      provider: 'simulator-api-key',
      unique_key: integration,
      display_name: 'Simulator',
    }).then(expectOk);
    print.step('demo', 'made the integration "simulator"');
  }
  const functions = (await call('GET', '/scripts/config').then(expectOk)) as {
    providerConfigKey: string;
    syncs: unknown[];
  }[];
  if (!functions.some(({ providerConfigKey, syncs }) => providerConfigKey === integration && syncs.length > 0)) {
    await deploy({ url: instance.url, secretKey });
    print.step('demo', 'deployed templates/demo: sync "contacts", action "create-contact"');
  }
  // Its address may be another than at the last start; importing again keeps the connection and its records.
  await call('POST', '/connections', {
    provider_config_key: integration,
    connection_id: connectionId,
    credentials: { type: 'API_KEY', apiKey: 'sim-key' },
    connection_config: { base_url: simulatorUrl },
  }).then(expectOk);
  if (known.status === 404) print.step('demo', 'made the connection "demo"');

  await followFirstSync(call, print, timeoutMs);
  return hints(instance);
}

interface Answer {
  status: number;
  body: unknown;
}
type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

function caller(url: string, secretKey: string): Call {
  return async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secretKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  };
}

function expectOk({ status, body }: Answer): unknown {
  if (status < 300) return body;
  const { error } = body as { error?: { code: string; message?: string } };
  throw new Error(`The demo was answered ${status} ${error?.code}: ${error?.message ?? ''}`);
}

function deploy({ url, secretKey }: { url: string; secretKey: string }): Promise<void> {
  const cli = spawn(
    process.execPath,
    [
      join(root, 'cli', 'bin', 'syncline.js'),
      'deploy',
      'dev',
      '--dir',
      join(root, 'templates', 'demo'),
      '--auto-confirm',
      '--no-typecheck',
    ],
    {
      env: { ...process.env, SYNCLINE_HOSTPORT: url, SYNCLINE_SECRET_KEY_DEV: secretKey, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  cli.stdout.on('data', (chunk: Buffer) => (output += chunk));
  cli.stderr.on('data', (chunk: Buffer) => (output += chunk));
  return new Promise((resolve, reject) => {
    cli.once('error', reject);
    cli.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The demo's deploy failed: ${output.trim().slice(-500)}`)),
    );
  });
}

interface SyncStatus {
  status: string;
  recordCount: Record<string, number>;
  finishedAt?: string;
}

/** Waits for the run that a new connection starts by itself, and says how far it is. */
async function followFirstSync(call: Call, print: Print, timeoutMs: number): Promise<void> {
  const until = Date.now() + timeoutMs;
  let shown = -1;
  while (Date.now() < until) {
    const query = `provider_config_key=${integration}&syncs=${sync}&connection_id=${connectionId}`;
    const { syncs } = expectOk(await call('GET', `/sync/status?${query}`)) as { syncs: SyncStatus[] };
    const [state] = syncs;
    const records = state?.recordCount['Contact'] ?? 0;
    if (state?.finishedAt !== undefined) {
      const done = state.status === 'SUCCESS' || state.status === 'RUNNING';
      return print.step(
        'demo',
        done ? `first sync finished: ${records} contacts` : `the first sync ended as ${state.status}: see GET /logs`,
      );
    }
    if (records !== shown && records > 0) print.step('demo', `first sync: ${records} contacts so far`);
    shown = records;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  print.warn('demo', 'the first sync has not finished yet; it goes on by itself');
}

function hints({ url, temporalUiUrl }: Instance): string {
  const headers = `-H "Authorization: Bearer $KEY" -H "Provider-Config-Key: ${integration}" -H "Connection-Id: ${connectionId}"`;
  return [
    'Try next, in this folder:',
    `  KEY=$(node -p 'require("./.syncline/instance.json").environments.find((e) => e.name === "dev").secretKey')`,
    `  curl ${headers} "${url}/records?model=Contact&limit=2"`,
    `  curl ${headers} "${url}/proxy/me"`,
    `  curl -X POST ${headers} -H "Content-Type: application/json" \\`,
    `    -d '{"action_name":"create-contact","input":{"name":"Ada","email":"ada@example.com"}}' "${url}/action/trigger"`,
    ...(temporalUiUrl ? [`  The runs in Temporal: ${temporalUiUrl}/namespaces/syncline/workflows`] : []),
    '',
  ].join('\n');
}
