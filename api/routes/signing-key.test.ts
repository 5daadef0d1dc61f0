import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { environments } from '../../core/db/schema/environments.ts';
import { signingKeyPlace } from '../../core/environments/environments.ts';
import { readSigningKeys } from '../../core/environments/signing-keys.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let app: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  app = await openTestApp('signing_key');
  tenant = await app.tenant();
  const { cipher, environmentId } = tenant.env;
  const sealed = cipher.encryptText(signingKeyPlace(environmentId), 'the first key');
  await tenant.env.transaction((tx) =>
    tx.update(environments).set({ webhookSigningKey: sealed }).where(eq(environments.id, environmentId)),
  );
});
afterAll(() => app.close());

const path = '/environment/webhook-signing-key/rotate';

it('gives a new key, with or without a body, and keeps the old one for a day unless told otherwise', async () => {
  const answer = await tenant.call('POST', path);
  expect(answer.status).toBe(200);
  const { data } = (await answer.json()) as { data: { webhook_signing_key: string; previous_until: string } };
  const keys = await readSigningKeys(tenant.env);
  expect(keys).toMatchObject({ current: data.webhook_signing_key, previous: { key: 'the first key' } });
  expect(Math.abs(new Date(data.previous_until).getTime() - Date.now() - 86_400_000)).toBeLessThan(60_000);

  const again = await tenant.call('POST', path, { body: { overlap_seconds: 0 } });
  expect(await again.json()).toMatchObject({ data: { previous_until: null } });
  expect((await readSigningKeys(tenant.env)).previous).toBeNull();
});

it('refuses an overlap of more than a day, and a key without the scope', async () => {
  expect((await tenant.call('POST', path, { body: { overlap_seconds: 86_401 } })).status).toBe(400);
  expect((await tenant.call('POST', path, { body: { overlap: 1 } })).status).toBe(400);
  const key = await tenant.keyWith('connections:read');
  const refused = await tenant.call('POST', path, { headers: { authorization: `Bearer ${key}` } });
  expect(refused.status).toBe(403);
});
