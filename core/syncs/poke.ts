// The port through which the domain wakes workflows. A poke is idempotent and may be lost: the row is the truth, and the
// reconciler pokes again what the workflow has not read.

export interface Poke {
  /** `stopRun` also stops the run in progress (pause, reset, cancel, delete): it commits its page first. */
  sync(environmentId: string, syncId: string, options?: { stopRun?: boolean }): Promise<void>;
  /** Follows up a connection that was created or deleted. */
  connection(environmentId: string, connectionId: string, change: 'created' | 'deleted'): Promise<void>;
  /** Starts an asynchronous action that was accepted. */
  action(environmentId: string, actionId: string): Promise<void>;
}
