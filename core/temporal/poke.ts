// Wakes workflows, creating those that are not there. Never throws: the row is the truth, the reconciler repeats what is lost.
import type { Client } from '@temporalio/client';
import { type SearchAttributePair, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { type ActionTitle, readActionTitle } from '../actions/action-title.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import type { Database } from '../db/database.ts';
import { readSyncTitle, type SyncTitle } from '../syncs/desired-state.ts';
import type { Poke } from '../syncs/poke.ts';

/** The frozen names of `workflows/names.ts`, handed in because the domain does not look up. */
export interface WorkflowNames {
  queues: { sync: string };
  workflowTypes: { sync: string; connection: string; action: string };
  workflowIds: {
    sync(id: string): string;
    connection(id: string, change: 'created' | 'deleted'): string;
    action(id: string): string;
  };
  poke: { name: string };
  /** Ids and names for lists in Temporal's UI. */
  syncAttributes(of: { environmentId: string; title: SyncTitle }): SearchAttributePair[];
  actionAttributes(of: { environmentId: string; title: ActionTitle }): SearchAttributePair[];
}

export interface PokeOptions {
  client: Client;
  database: Database;
  names: WorkflowNames;
  /** Told of a poke that did not get through. */
  onLost?: (error: unknown) => void;
}

const deadlineMs = 5_000;

export function createPoke({ client, database, names, onLost = () => {} }: PokeOptions): Poke {
  const within = <T>(work: () => Promise<T>) => client.connection.withDeadline(Date.now() + deadlineMs, work);

  async function pokeSync(environmentId: string, syncId: string, stopRun: boolean): Promise<void> {
    const environment = await database.forEnvironment(environmentId);
    const title = await environment.transaction((tx) => readSyncTitle(tx, syncId));
    await within(() =>
      client.workflow.signalWithStart(names.workflowTypes.sync, {
        workflowId: names.workflowIds.sync(syncId),
        taskQueue: names.queues.sync,
        args: [{ environmentId, syncId }],
        signal: names.poke.name,
        signalArgs: [{ id: uuidv7(), ...(stopRun && { stopRun }) }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        ...(title && {
          staticSummary: `${title.integration} / ${title.connection} / ${title.sync}`.slice(0, 390),
          typedSearchAttributes: names.syncAttributes({ environmentId, title }),
        }),
      }),
    );
  }

  async function follow(environmentId: string, connectionId: string, change: 'created' | 'deleted'): Promise<void> {
    await within(() =>
      client.workflow.start(names.workflowTypes.connection, {
        workflowId: names.workflowIds.connection(connectionId, change),
        taskQueue: names.queues.sync,
        args: [{ environmentId, connectionId, change }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
  }

  /** At most one workflow for an action, whoever starts it and however often; one that failed or was ended may start again. */
  async function startAction(environmentId: string, actionId: string): Promise<void> {
    const environment = await database.forEnvironment(environmentId);
    const title = await environment.transaction((tx) => readActionTitle(tx, actionId));
    if (!title) return; // it is over and removed
    await within(() =>
      client.workflow.start(names.workflowTypes.action, {
        workflowId: names.workflowIds.action(actionId),
        taskQueue: names.queues.sync,
        args: [{ environmentId, actionId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        priority: { priorityKey: 1, fairnessKey: environmentId },
        staticSummary: `${title.integration} / ${title.connection} / ${title.action}`.slice(0, 390),
        typedSearchAttributes: names.actionAttributes({ environmentId, title }),
      }),
    ).catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    });
  }

  const quietly = async (work: Promise<void>) => {
    try {
      await work;
    } catch (error) {
      onLost(error);
    }
  };
  return {
    sync: (environmentId, syncId, options) => quietly(pokeSync(environmentId, syncId, options?.stopRun ?? false)),
    connection: (environmentId, connectionId, change) => quietly(follow(environmentId, connectionId, change)),
    action: (environmentId, actionId) => quietly(startAction(environmentId, actionId)),
  };
}
