// The broken engine that the bars of renewals must find out: a lease that ends by time, no journal, a write without condition.

import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import type { OAuth2Credential } from '../../core/credentials/credential.ts';
import { openCredential, sealCredential } from '../../core/credentials/store.ts';
import type { EnvironmentDb } from '../../core/db/database.ts';
import { credentials } from '../../core/db/schema/connections.ts';
import type { Egress } from '../../core/egress/egress.ts';
import { readBody } from '../../core/egress/read-body.ts';
import type { Reach } from './renewal-worker.ts';

const leaseMs = 100;

interface LeaseRenewal {
  environment: EnvironmentDb;
  egress: Egress;
  connectionId: string;
  reach: Reach;
}

export async function renewByLease({ environment, egress, connectionId, reach }: LeaseRenewal): Promise<void> {
  for (;;) {
    const stored = await read(environment, connectionId);
    if (Date.parse(stored.expires_at ?? '') > Date.now()) return;
    if (await takeLease(environment, connectionId)) break;
    await sleep(20);
  }
  const { refresh_token = '', raw } = await read(environment, connectionId);
  const form = { client_id: 'sim-client', client_secret: 'sim-secret', grant_type: 'refresh_token', refresh_token };
  const { base_url } = await readConfig(environment, connectionId);
  const answer = await egress.request({
    url: `${base_url}/oauth/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    purpose: 'token',
  });
  const tokens = JSON.parse((await readBody(answer)).toString());
  if (answer.status !== 200) throw Object.assign(new Error('refused'), { code: tokens.error });
  await reach('before-commit');
  const renewed: OAuth2Credential = {
    type: 'OAUTH2',
    access_token: tokens.access_token,
    refresh_token: tokens.refresh_token,
    expires_at: new Date(Date.now() + tokens.expires_in * 1000).toISOString(),
    raw,
  };
  const value = sealCredential(environment.cipher, connectionId, renewed);
  await environment.transaction((tx) =>
    tx
      .update(credentials)
      .set({ value, version: sql`${credentials.version} + 1`, expiresAt: new Date(renewed.expires_at ?? '') })
      .where(eq(credentials.connectionId, connectionId)),
  );
}

async function read(environment: EnvironmentDb, connectionId: string): Promise<OAuth2Credential> {
  const [row] = await environment.transaction((tx) =>
    tx.select().from(credentials).where(eq(credentials.connectionId, connectionId)),
  );
  return openCredential(environment.cipher, row!) as OAuth2Credential;
}

async function readConfig(environment: EnvironmentDb, connectionId: string): Promise<{ base_url: string }> {
  const [row] = await environment.transaction((tx) =>
    tx.execute<{ config: { base_url: string } }>(
      sql`SELECT connection_config AS config FROM connections WHERE id = ${connectionId}`,
    ),
  );
  return row!.config;
}

async function takeLease(environment: EnvironmentDb, connectionId: string): Promise<boolean> {
  const taken = await environment.transaction((tx) =>
    tx.execute(sql`
      INSERT INTO bar_leases AS l VALUES (${connectionId}, clock_timestamp() + ${`${leaseMs} ms`}::interval)
      ON CONFLICT (connection_id) DO UPDATE SET held_until = excluded.held_until WHERE l.held_until < clock_timestamp()
      RETURNING 1`),
  );
  return taken.length > 0;
}
