// Bar 3: secrets of every kind go through an instance: stored, sent, renewed, refused, entered wrongly, logged by functions. Afterwards
// they are looked for in what its processes print, in every row and history, in every file of its data, in the logs that it shows
// and in every refusal. Planted ones show that each of these places is searched.
import { createCanaries } from './canaries.ts';
import { callCount, runTellingFunctions } from './canary-functions.ts';
import { kinds } from './canary-kinds.ts';
import { readFiles, readHistories, readLogs, readRows } from './canary-places.ts';
import { plant } from './canary-plants.ts';
import { enterWrongly, walkThroughKinds } from './canary-walks.ts';
import { type CanaryWorld, startCanaryWorld, type Trail } from './canary-world.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';

export async function leakCanary({ seed, port }: BarOptions): Promise<Outcome> {
  const world = await startCanaryWorld(port);
  try {
    return await judgeLeaks(world, seed);
  } finally {
    await world.end();
  }
}

export async function judgeLeaks(world: CanaryWorld, seed: number): Promise<Outcome> {
  const trail: Trail = { world, canaries: createCanaries(), refusals: [] };
  const { canaries, refusals } = trail;
  canaries.add('API key', world.key);
  const planted = await plant(world);
  const harmless = `nothing to hide ${world.environmentId}`;
  const failed = [...(await walkThroughKinds(trail)), ...(await runTellingFunctions(trail, harmless))];
  await enterWrongly(trail);
  const logs = await readLogs(world);
  const histories = await readHistories(world);
  const leaks = [
    ...canaries.find('output', [await world.readOutput()]),
    ...canaries.find('refusals', refusals),
    ...canaries.find('logs', logs),
    ...canaries.find('rows', await readRows(world)),
    ...canaries.find('histories', histories),
    ...canaries.find('files', readFiles(world)),
  ];
  for (const line of [...failed, ...leaks].slice(0, 30)) console.log(line);
  const figure = renderFigure({
    seed,
    canaries: canaries.size,
    kinds: Object.keys(kinds).length,
    not_working: failed.length,
    refusals: refusals.length,
    log_entries: logs.length,
    histories: histories.length,
    leaks: leaks.length,
    planted_found: `${planted.found}/${planted.count}`,
  });
  const told = logs.filter((entry) => entry.includes(harmless)).length;
  const isEnough = canaries.size >= 64 && failed.length === 0 && told >= callCount;
  return { holds: leaks.length === 0 && planted.found === planted.count && isEnough, figure };
}
