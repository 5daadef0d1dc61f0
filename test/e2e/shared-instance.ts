// Two instances for nearly all files, each file in an environment of its own: one for those that leave its processes and settings
// alone, any number at once, and one that is lent to a file at a time, which may kill its processes. They live in the run's main
// process, and are started when the first file asks.
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { freePort } from '../../embedded/free-port.ts';
import type { Instance } from '../../embedded/instance-file.ts';
import { createAuthority } from '../../simulator/modes/certificates.ts';
import { createApi } from '../conformance/api.ts';
import { type InstanceProcess, type Settings, startInstance } from './instance-process.ts';
import { oauthVariants, toProviders, writeProviders } from './oauth-provider.ts';
import { createFolder } from './system.ts';

/** What a test's process learns. */
export interface Offer {
  instance: Instance;
  dataDir: string;
  environment: { id: string; name: string };
  key: string;
}

/** Where to ask, and the key of the authority that the shared one trusts: both for processes of the tests. */
export const variables = { address: 'SYNCLINE_TEST_INSTANCE', authorityKey: 'SYNCLINE_TEST_AUTHORITY_KEY' };

/** Of the environment `dev`: a UUID, the only form that the peer's command line takes. */
export const seedKey = '3f0f2c55-9c0e-4f6e-8a52-6d1d0b8d3a10';

/** @returns how to end it */
export default async function offerInstances(): Promise<() => Promise<void>> {
  const folder = createFolder();
  const authorityKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const common = prepare(folder.path, authorityKey);
  const started = new Map<string, Promise<InstanceProcess>>();
  const start = (name: string) => {
    const dataDir = join(folder.path, name);
    const settings = { ...common, ...(name === 'lent' && lentSettings) };
    const starting = started.get(name) ?? startOne({ SYNCLINE_DATA: dataDir, ...settings });
    started.set(name, starting);
    return starting.then((instance) => ({ instance: instance.read(), dataDir }));
  };
  let free: Promise<unknown> = Promise.resolve();
  const server = createServer(async (request, response) => {
    const [, name = '', environment = ''] = (request.url ?? '').split('/');
    if (name === 'output') return void response.end((await started.get(environment))?.output());
    const closed = new Promise((resolve) => response.once('close', resolve));
    const before = free;
    if (name === 'lent') {
      free = Promise.all([before, closed]); // the borrower's connection is the loan: it ends with the process at the latest
      await before;
    }
    try {
      const offer = await start(name).then((one) => makeEnvironment(one, environment));
      response.write(`${JSON.stringify(offer)}\n`);
      if (name === 'shared') response.end();
    } catch (error) {
      response.writeHead(500).end((error as Error).message);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env[variables.address] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env[variables.authorityKey] = authorityKey;
  return async () => {
    server.close();
    await Promise.all(
      [...started.values()].map((starting) =>
        starting.then(
          (instance) => instance.stop(),
          () => {},
        ),
      ),
    );
    folder.remove();
  };
}

/** Providers that tests play, and the authority of their certificates. */
function prepare(folder: string, authorityKey: string): Settings {
  const providers = writeProviders(join(folder, 'providers'), toProviders(oauthVariants));
  for (const played of ['auth-modes', 'connect-page'])
    cpSync(join(import.meta.dirname, played), providers, { recursive: true });
  const trusted = join(folder, 'ca.pem');
  writeFileSync(trusted, createAuthority('Simulator CA', authorityKey).certificate);
  return {
    SYNCLINE_PROVIDERS: providers,
    NODE_EXTRA_CA_CERTS: trusted,
    SYNCLINE_ALLOW_EGRESS: '127.0.0.1/32',
    SYNCLINE_SECRET_KEY_DEV: seedKey,
  };
}

/** One guest a process: what waits for a callee must not need a second place. The limits are low because tests wait for them. */
const lentSettings: Settings = {
  SYNCLINE_GUESTS: '1',
  SYNCLINE_GUEST_HEAP_MB: '128',
  SYNCLINE_STALL_MS: '3000',
  SYNCLINE_ACTION_MS: '2000',
};

async function startOne(settings: Settings & { SYNCLINE_DATA: string }): Promise<InstanceProcess> {
  const instance = await startInstance({ SYNCLINE_PORT: String(await freePort()), ...settings });
  // Its first key makes environments: no route gives that scope, its owner does.
  const sql = postgres(instance.read().databaseUrl, { max: 1, onnotice: () => {} });
  await sql`UPDATE api_keys SET scopes = '{environment:*,account:*}'`;
  await sql.end({ timeout: 1 });
  return instance;
}

async function makeEnvironment(
  { instance, dataDir }: Omit<Offer, 'environment' | 'key'>,
  name: string,
): Promise<Offer> {
  const key = instance.environments.find((one) => one.name === 'dev')!.secretKey!;
  const api = createApi({ host: instance.url, key });
  const { data: made } = await api.ok<{ data: { uuid: string } }>('POST', '/environments', { body: { name } });
  const { data } = await api.ok<{ data: { secret: string } }>('POST', `/environments/${made.uuid}/api-keys`, {
    body: { display_name: 'test' },
  });
  return { instance, dataDir, environment: { id: made.uuid, name }, key: data.secret };
}
