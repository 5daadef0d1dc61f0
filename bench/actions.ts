// `POST /action/trigger` of a function that makes one request, by one caller and by sixteen; beside it that request alone.
import { setTimeout as sleep } from 'node:timers/promises';
import { deployFunctions } from './deploy-functions.ts';
import type { Options } from './options.ts';
import { describe, measure } from './proxy.ts';
import { awaitQuiet, watchOthers } from './quiet-box.ts';
import { type Figure, figure, median, round } from './report.ts';
import { startSystem } from './system.ts';

const callerCounts = [1, 16];

export async function benchActions(options: Options): Promise<Figure[]> {
  const system = await startSystem(options);
  try {
    const file = new URL('./functions/echo.ts', import.meta.url).pathname;
    await deployFunctions(system.api, system.integration, [{ file, kind: 'action' }]);
    await system.connect('acting');
    const ours = {
      origin: system.url,
      path: '/action/trigger',
      method: 'POST' as const,
      headers: {
        authorization: `Bearer ${system.key}`,
        'content-type': 'application/json',
        'provider-config-key': system.integration,
        'connection-id': 'acting',
      },
      body: JSON.stringify({ action_name: 'echo', input: {} }),
    };
    const direct = { origin: system.upstreamUrl, path: '/echo', headers: {} };
    let { noisy } = await awaitQuiet(system.started);
    const cold = performance.now();
    await system.api.ok('POST', '/action/trigger', {
      headers: { 'provider-config-key': system.integration, 'connection-id': 'acting' },
      body: { action_name: 'echo', input: {} },
    });
    const firstMs = performance.now() - cold;
    await sleep(1_000);
    const rounds = new Map<number, { rate: number; p50Ms: number; p99Ms: number }[]>(callerCounts.map((n) => [n, []]));
    for (let number = 1; number <= options.rounds; number++) {
      for (const connections of callerCounts) {
        const readOthers = watchOthers(system.started);
        const action = await measure(system, options, { ...ours, connections });
        const upstream = await measure(system, { ...options, seconds: 2 }, { ...direct, connections });
        const others = readOthers();
        noisy ||= others.noisy;
        rounds.get(connections)!.push({
          rate: action.perSecond,
          p50Ms: action.p50Ms - upstream.p50Ms,
          p99Ms: action.p99Ms - upstream.p99Ms,
        });
        console.log(
          `round ${number}, ${connections} callers, others: ${others.percent} %\n  ${describe(action)}\n  upstream ${describe(upstream)}`,
        );
      }
    }
    const figures = callerCounts.flatMap((callers) => {
      const all = rounds.get(callers)!;
      const p99Ms = round(median(all.map((one) => one.p99Ms)));
      return [
        figure(
          `actions.p50.${callers}`,
          all.map((one) => one.p50Ms),
          { unit: 'ms', noisy, p99Ms },
        ),
        figure(
          `actions.rate.${callers}`,
          all.map((one) => one.rate),
          { unit: 'a second', noisy },
        ),
      ];
    });
    return [...figures, figure('actions.first', [firstMs], { unit: 'ms', noisy })];
  } finally {
    await system.stop();
  }
}
