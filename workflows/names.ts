// Every name that Temporal stores. A rename strands the workflows open under the old one: frozen by names.test.ts.
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import { defineSignal } from '@temporalio/workflow';

export const queues = { sync: 'sync', functions: 'functions', platform: 'platform' } as const;

export const workflowTypes = {
  sync: 'sync',
  connection: 'connection',
  action: 'action',
  refreshSweep: 'refreshSweep',
} as const;

export const scheduleIds = { refreshSweep: 'refresh-sweep' } as const;

/** Workflow ids are our row ids, so that an id of any length or alphabet in user data can never collide or overflow (255). */
export const workflowIds = {
  sync: (syncId: string) => `sync:${syncId}`,
  connection: (connectionId: string, change: 'created' | 'deleted') => `connection:${connectionId}:${change}`,
  action: (actionId: string) => `action:${actionId}`,
} as const;

/** "Read your row again." Idempotent by `id`. `stopRun` also stops the run in progress (pause, reset, cancel, delete). */
export interface PokeMessage {
  id: string;
  stopRun?: boolean;
}
export const poke = defineSignal<[PokeMessage]>('poke');

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** Ids only: search attributes are not encrypted. */
export const searchAttributes = {
  environment: keyword('Environment'),
  provider: keyword('Provider'),
  integration: keyword('Integration'),
  connectionId: keyword('ConnectionId'),
  syncName: keyword('SyncName'),
  syncState: keyword('SyncState'),
  lastRunStatus: keyword('LastRunStatus'),
} as const;

/** What a sync's workflow is found by in Temporal's UI. */
export function syncAttributes(of: {
  environmentId: string;
  title: { provider: string; integration: string; connection: string; sync: string };
}): SearchAttributePair[] {
  const { environment, provider, integration, connectionId, syncName } = searchAttributes;
  return [
    { key: environment, value: of.environmentId },
    { key: provider, value: of.title.provider },
    { key: integration, value: of.title.integration },
    { key: connectionId, value: of.title.connection },
    { key: syncName, value: of.title.sync },
  ];
}

/** What an asynchronous action's workflow is found by. */
export function actionAttributes(of: {
  environmentId: string;
  title: { provider: string; integration: string; connection: string };
}): SearchAttributePair[] {
  const { environment, provider, integration, connectionId } = searchAttributes;
  return [
    { key: environment, value: of.environmentId },
    { key: provider, value: of.title.provider },
    { key: integration, value: of.title.integration },
    { key: connectionId, value: of.title.connection },
  ];
}
