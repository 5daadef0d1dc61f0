// The accounts of a bar: each is a connection whose sync copies its own pages of the provider's contacts.
import { join } from 'node:path';
import { deployFunctions } from '../../bench/deploy-functions.ts';
import { contactId } from '../../simulator/contact.ts';
import type { Api } from '../conformance/api.ts';
import { command, createIntegration, importConnection, type Place, type Run, readStatus } from '../e2e/syncs.ts';
import type { System } from '../e2e/system.ts';

const pageRows = 100;

export interface Account extends Place {
  syncId: string;
  /** Ids of the contacts that only this account copies. */
  ids: string[];
  /** Number of the run that the last trigger makes. */
  triggered: number;
}

export async function createAccounts(
  { api, simulator }: System,
  { count, rowsEach }: { count: number; rowsEach: number },
): Promise<Account[]> {
  const integration = 'bars';
  await createIntegration(api, integration);
  await deployFunctions(api, integration, [
    { file: join(import.meta.dirname, 'functions', 'copy-slice.ts'), kind: 'sync' },
  ]);
  const accounts: Account[] = [];
  for (let index = 0; index < count; index++) {
    const connection = `account-${index}`;
    const place = { integration, connection, sync: 'copy-slice' };
    await importConnection(api, { ...place, simulator });
    const pages = rowsEach / pageRows;
    const metadata = { firstPage: index * pages + 1, lastPage: (index + 1) * pages };
    await api.ok('POST', '/connections/metadata', {
      body: { provider_config_key: integration, connection_id: connection, metadata },
    });
    const { id: syncId } = await readStatus(api, place);
    const ids = Array.from({ length: rowsEach }, (_, row) => contactId(index * rowsEach + row));
    accounts.push({ ...place, syncId, ids, triggered: 0 });
  }
  return accounts;
}

export async function trigger(api: Api, account: Account): Promise<void> {
  account.triggered++;
  await command(api, 'trigger', account);
}

export interface FullRun extends Run {
  finished_at: string | null;
  requests: number;
  pages: number;
}

export async function latestRun(api: Api, { syncId }: Account): Promise<FullRun | undefined> {
  const { data } = await api.ok<{ data: FullRun[] }>('GET', `/syncs/${syncId}/runs`, { query: { limit: '1' } });
  return data[0];
}

const ended = new Set(['succeeded', 'failed', 'cancelled', 'needs_confirmation']);

/** The run that was asked for last is over, so nothing of the account moves. */
export const isStill = ({ triggered }: Account, run: FullRun | undefined): boolean =>
  triggered === 0 || (run !== undefined && run.number >= triggered && ended.has(run.state));

export async function allRuns(api: Api, { syncId }: Account): Promise<FullRun[]> {
  const all: FullRun[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { data: FullRun[]; next_cursor: string | null } = await api.ok('GET', `/syncs/${syncId}/runs`, {
      query: { limit: '100', ...(cursor !== '' && { cursor }) },
    });
    all.push(...page.data);
    cursor = page.next_cursor;
  }
  return all;
}
