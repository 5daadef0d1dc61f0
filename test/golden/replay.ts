// Plays the series against an instance, in its order, and judges each line.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../conformance/api.ts';
import { show } from './compare.ts';
import { deployFolder } from './deploy.ts';
import { judge, type Verdict } from './judge.ts';
import { bringValues, provide } from './needs.ts';
import { readPointer } from './pointer.ts';
import { createRunWatch } from './run-watch.ts';
import { type Answer, send } from './send.ts';
import { type GoldenRequest, isLine, type Line, type Step } from './series.ts';
import { MissingValue, substitute } from './substitute.ts';

export interface Result {
  line: Line;
  verdict: Verdict;
}

export interface Replay {
  host: string;
  key: string;
  api: Api;
  /** Of the captures. */
  folder: string;
  strict: boolean;
  say(text: string): void;
  signal: AbortSignal;
}

export async function replay(series: (Step | Line)[], { host, key, api, folder, strict, say, signal }: Replay) {
  const values = await bringValues(api, key);
  const runs = createRunWatch(api);

  async function settle(name: string): Promise<void> {
    await runs.settle().catch((error: Error) => say(`before "${name}": ${error.message}`));
  }

  /** @throws when it cannot be asked */
  async function play(step: Step): Promise<Answer> {
    for (const need of step.needs ?? []) await provide(api, need);
    const request = substitute(step.request!, values);
    const accepted = await runs.expect(request);
    const answer = await sendUntilDone(host, request, isLine(step) ? step.response.status : undefined);
    if (answer.status === 200) accepted();
    for (const [name, pointer] of Object.entries(step.capture ?? {})) {
      const value = readPointer(answer.body, pointer);
      if (value !== undefined && value !== null) values.set(name, value);
    }
    return answer;
  }

  async function prepare(step: Step): Promise<void> {
    if (step.hook === 'deploy') return deployFolder(api, join(folder, 'functions'));
    if (step.hook !== undefined) throw new Error(`Nothing here does the hook ${step.hook}.`);
    const { status, body } = await play(step);
    if (status >= 400) say(`setup "${step.name}" answered ${status} ${show(body)}`);
    if (step.awaitAfter) await settle(`after ${step.name}`);
  }

  const results: Result[] = [];
  for (const step of series) {
    if (signal.aborted) break;
    // Also without `await`: the line that waited for a run may be in the half that is not here.
    if (step.await || runs.pending()) await settle(step.name);
    if (!isLine(step)) {
      await prepare(step).catch((error: Error) => say(`setup "${step.name}": ${error.message}`));
      continue;
    }
    const verdict = await play(step).then(
      (answer) => judge(step, answer, { strict }),
      (error: Error): Verdict =>
        error instanceof MissingValue
          ? { kind: 'no value', why: error.message }
          : { kind: 'differs', differences: [{ pointer: 'answer', expected: 'one', got: error.message }] },
    );
    results.push({ line: step, verdict });
  }
  return results;
}

const actionPatienceMs = 20_000;

/** An asynchronous action may still run, where the capture was made after its end; ours says so. */
async function sendUntilDone(host: string, request: GoldenRequest, expected: number | undefined): Promise<Answer> {
  const until = Date.now() + actionPatienceMs;
  for (;;) {
    const answer = await send(host, request);
    const pending = answer.status === 404 && readPointer(answer.body, '/error/code') === 'in_progress';
    if (!pending || expected === 404 || Date.now() > until) return answer;
    await sleep(250);
  }
}
