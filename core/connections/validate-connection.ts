// Asks an integration's validate-connection functions, one after another, whether a connection may be; the first no ends it.
import type { EnvironmentDb } from '../db/database.ts';
import { listOnEventFunctions, type OnEventFunction } from '../functions/on-event-functions.ts';
import type { OnEventExecution, OnEventFailure } from '../runtime/run-on-event.ts';

/**
 * @returns the refusal; undefined when all agree
 * @throws SynclineError when a function could not be asked
 */
export type ValidateConnection = (
  environment: EnvironmentDb,
  connection: { connectionId: string; integrationId: string },
) => Promise<OnEventFailure | undefined>;

export const createValidateConnection =
  (run: (execution: OnEventExecution) => Promise<OnEventFailure | undefined>): ValidateConnection =>
  async (environment, { connectionId, integrationId }) => {
    const event = 'validate-connection';
    const functions: OnEventFunction[] = await environment.transaction((tx) =>
      listOnEventFunctions(tx, { integrationId, event }),
    );
    for (const one of functions) {
      const failure = await run({ environment, connectionId, event, function: one });
      if (failure) return failure;
    }
    return undefined;
  };
