// A flow while the browser is at the provider: a one-time state and the browser that holds its cookie, both kept as hashes.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from '../../crypto/uuid.ts';
import type { Client, Database, EnvironmentDb } from '../../db/database.ts';
import { SynclineError } from '../../errors.ts';

/** From the click to the return. */
export const flowLife = { seconds: 600 };

export interface FlowSecrets {
  /** 256 bits; goes through the provider. */
  state: string;
  /** 256 bits; stays in the browser, in a cookie of this name. */
  cookie: { name: string; value: string };
}

export interface Flow {
  id: string;
  environment: EnvironmentDb;
  sessionId: string;
  integrationId: string;
  /** Where its result is told. */
  clientHash: Buffer | null;
  pinned: PinnedFlow;
}

/** Decided at the start, and by nothing that the callback brings. */
export interface PinnedFlow {
  authMode: string;
  /** The caller's id that a new connection gets. */
  connectionId: string;
  redirectUri: string;
  /** Complete, for templates. */
  connectionConfig: Record<string, unknown>;
  /** Of it what browser, session and defaults say; the rest a renewed connection has already. */
  given: Record<string, unknown>;
  /** Whose page may hear of the end from the popup; exact. */
  openerOrigin: string;
  /** The mode's own. */
  mode: unknown;
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

export function makeFlowSecrets(): FlowSecrets {
  const state = randomBytes(32).toString('base64url');
  return { state, cookie: { name: flowCookieName(state), value: randomBytes(32).toString('base64url') } };
}

/** Each flow has its own, so that two popups do not spoil each other's. */
export const flowCookieName = (state: string): string => `flow_${hash(`cookie:${state}`).toString('hex').slice(0, 16)}`;

const place = (id: string) => ({ table: 'oauth_flows', column: 'pinned', row: id });

export interface NewFlow {
  secrets: FlowSecrets;
  sessionId: string;
  integrationId: string;
  clientHash: Buffer | null;
  pinned: PinnedFlow;
}

/** @throws SynclineError `url_param_err` when another flow has used the client's id */
export async function insertFlow(
  { environmentId, cipher, pages }: EnvironmentDb,
  { secrets, sessionId, integrationId, clientHash, pinned }: NewFlow,
): Promise<void> {
  const id = uuidv7();
  const [stored] = await pages<{ is_new: boolean }[]>`
    SELECT insert_oauth_flow(${environmentId}, ${id}, ${hash(secrets.state)}, ${hash(secrets.cookie.value)}, ${sessionId},
      ${integrationId}, ${clientHash}, ${cipher.encryptJson(place(id), pinned)},
      make_interval(secs => ${flowLife.seconds})) AS is_new`;
  if (stored?.is_new) return;
  throw new SynclineError('url_param_err', 'This ws_client_id has been used by another flow.', {
    status: 400,
    hint: 'Close this window and start again: each attempt takes a new one.',
  });
}

interface Row {
  id: string;
  environment_id: string;
  browser_hash: Buffer;
  session_id: string;
  integration_id: string;
  client_hash: Buffer | null;
  pinned: Buffer;
}

/** One statement finds and ends it: of any number of callbacks with one state, one goes on. undefined: unknown, used or too late. */
async function deleteFlow(platform: Client, state: string): Promise<Row | undefined> {
  const [row] = await platform<Row[]>`
    DELETE FROM oauth_flows WHERE state_hash = ${hash(state)} AND expires_at > now()
    RETURNING id, environment_id, browser_hash, session_id, integration_id, client_hash, pinned`;
  return row;
}

/** @param heldBy the cookies of the browser that came back. @throws SynclineError `state_err` (400) */
export async function takeFlow(
  { platform, forEnvironment }: Database,
  state: string,
  heldBy: (name: string) => string | undefined,
): Promise<{ flow: Flow; isSameBrowser: boolean }> {
  const row = await deleteFlow(platform, state);
  if (!row) throw unknownState();
  const environment = await forEnvironment(row.environment_id);
  const cookie = hash(heldBy(flowCookieName(state)) ?? '');
  const flow = {
    id: row.id,
    environment,
    sessionId: row.session_id,
    integrationId: row.integration_id,
    clientHash: row.client_hash,
    pinned: environment.cipher.decryptJson<PinnedFlow>(place(row.id), row.pinned),
  };
  return { flow, isSameBrowser: timingSafeEqual(cookie, row.browser_hash) };
}

export const unknownState = () =>
  new SynclineError('state_err', 'This sign-in is over: it was finished before, or it took longer than ten minutes.', {
    status: 400,
    hint: 'Go back to the app and start again.',
  });
