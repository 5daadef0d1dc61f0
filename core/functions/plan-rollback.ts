// What a rollback would do, from the history alone: each deploy after the wanted state, taken back.
import type { DeployChange } from '../db/schema/deploys.ts';
import { SynclineError } from '../errors.ts';
import type { Deployment } from './deploy-history.ts';

type Past = Pick<Deployment, 'number' | 'kind' | 'restored' | 'changes'>;

/**
 * The deploy before the one that is in force; 0 when it was the first. A rollback stands for what it brought back, so a
 * second one goes one further and does not undo the first.
 * @param history newest first
 * @throws SynclineError `nothing_to_roll_back`
 */
export function previousDeploy(history: readonly Past[]): number {
  const byNumber = new Map(history.map((deploy) => [deploy.number, deploy]));
  const inForce = (number: number): number => {
    const restored = byNumber.get(number)?.restored;
    return restored === null || restored === undefined ? number : inForce(restored);
  };
  const now = inForce(history[0]?.number ?? 0);
  if (now === 0 || !byNumber.has(now)) throw nothingLeft();
  return inForce(now - 1);
}

/** Where each function goes that has changed since. @param since the deploys after the target, newest first */
export function takeBack(since: readonly Pick<Deployment, 'changes'>[]): DeployChange[] {
  const targets = new Map<string, DeployChange>();
  for (const { changes } of since) {
    for (const change of changes) {
      const newer = targets.get(change.functionId);
      targets.set(change.functionId, { ...change, from: newer ? newer.from : change.to, to: change.from });
    }
  }
  return [...targets.values()].filter(({ from, to }) => from?.id !== to?.id);
}

const nothingLeft = () =>
  new SynclineError('nothing_to_roll_back', 'There is no earlier deploy that is still kept.', {
    status: 409,
    hint: 'List them with GET /deploys.',
  });
