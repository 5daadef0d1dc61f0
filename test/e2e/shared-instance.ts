// One instance for all files that leave its processes and settings alone, each in an environment of its own. It lives in the run's main
// process, and is started when the first of them asks.
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
import { type InstanceProcess, startInstance } from './instance-process.ts';
import { oauthVariants, toProviders, writeProviders } from './oauth-provider.ts';
import { createFolder } from './system.ts';

/** What a test's process learns. */
export interface Offer {
  instance: Instance;
  environmentId: string;
  key: string;
}

/** Where to ask, and the key of the authority that the instance trusts: both for processes of the tests. */
export const variables = { address: 'SYNCLINE_TEST_INSTANCE', authorityKey: 'SYNCLINE_TEST_AUTHORITY_KEY' };

/** @returns how to end it */
export default async function offerInstance(): Promise<() => Promise<void>> {
  const folder = createFolder();
  const authorityKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  let started: Promise<InstanceProcess> | undefined;
  const server = createServer((request, response) => {
    started ??= start(folder.path, authorityKey);
    const name = (request.url ?? '').slice(1);
    started
      .then((instance) => makeEnvironment(instance.read(), name))
      .then(
        (offer) => response.end(JSON.stringify(offer)),
        (error: Error) => response.writeHead(500).end(error.message),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env[variables.address] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env[variables.authorityKey] = authorityKey;
  return async () => {
    server.close();
    await (await started?.catch(() => undefined))?.stop();
    folder.remove();
  };
}

async function start(folder: string, authorityKey: string): Promise<InstanceProcess> {
  const providers = writeProviders(join(folder, 'providers'), toProviders(oauthVariants));
  cpSync(join(import.meta.dirname, 'auth-modes'), providers, { recursive: true });
  const trusted = join(folder, 'ca.pem');
  writeFileSync(trusted, createAuthority('Simulator CA', authorityKey).certificate);
  const instance = await startInstance({
    SYNCLINE_DATA: join(folder, 'data'),
    SYNCLINE_PORT: String(await freePort()),
    SYNCLINE_ALLOW_EGRESS: '127.0.0.1/32',
    SYNCLINE_PROVIDERS: providers,
    NODE_EXTRA_CA_CERTS: trusted,
  });
  // Its first key makes environments: no route gives that scope, its owner does.
  const sql = postgres(instance.read().databaseUrl, { max: 1, onnotice: () => {} });
  await sql`UPDATE api_keys SET scopes = '{environment:*,account:*}'`;
  await sql.end({ timeout: 1 });
  return instance;
}

async function makeEnvironment(instance: Instance, name: string): Promise<Offer> {
  const key = instance.environments.find((one) => one.name === 'dev')!.secretKey!;
  const api = createApi({ host: instance.url, key });
  const { data: made } = await api.ok<{ data: { uuid: string } }>('POST', '/environments', { body: { name } });
  const { data } = await api.ok<{ data: { secret: string } }>('POST', `/environments/${made.uuid}/api-keys`, {
    body: { display_name: 'test' },
  });
  return { instance, environmentId: made.uuid, key: data.secret };
}
