// Delete tracking of a script: it opens and ends passes; what a pass was not served is deleted when the run has succeeded.
import { SynclineError } from '../../errors.ts';
import type { Stream } from '../../records/open-stream.ts';
import { endWindow, openWindow } from '../../syncs/delete-windows.ts';
import { fenced } from './fenced.ts';
import type { Calls, RunContext } from './run-context.ts';

export function trackingCalls({ environment, run }: RunContext, streamOf: (model: string) => Promise<Stream>): Calls {
  const owner = () => {
    if (!run) throw notInWebhooks();
    return { ...run.writer, bundleHash: run.bundleHash };
  };
  async function end(model: string) {
    const pass = owner();
    const stream = await streamOf(model);
    return { result: { deletedKeys: await fenced(() => endWindow(environment, stream.id, pass)) } };
  }

  return {
    async trackDeletesStart(args) {
      const model = args['model'] as string;
      const pass = owner();
      run!.trackedModels.add(model);
      const stream = await streamOf(model);
      await fenced(() => openWindow(environment, stream.id, pass));
      return {};
    },
    trackDeletesEnd: (args) => end(args['model'] as string),
    async deleteRecordsFromPreviousExecutions(args) {
      owner();
      // A run that went on from a checkpoint was served only a part of what exists.
      if (run!.beganFrom !== null || !run!.deletesUnseen) throw trackingIncomplete(run!.beganFrom !== null);
      run!.trackedModels.add(args['model'] as string);
      return end(args['model'] as string);
    },
  };
}

const notInWebhooks = () =>
  new SynclineError(
    'delete_tracking_not_available',
    'A webhook function sees no complete list, so it tracks no deletes.',
    {
      status: 400,
      hint: 'Name what is gone with batchDelete.',
    },
  );

const trackingIncomplete = (resumed: boolean) =>
  new SynclineError(
    'delete_tracking_incomplete',
    resumed
      ? 'This run began from a checkpoint, so what it was not served may well exist.'
      : 'What this run was served was not noted from its start.',
    {
      status: 400,
      hint: 'Use trackDeletesStart and trackDeletesEnd: their pass may span several runs.',
    },
  );
