// Bar 1: thousands of states, none twice and none to be guessed; callbacks without the browser's cookie, with another's, too
// late, and many at once. The same world lets honest flows through.
import postgres from 'postgres';
import { createBrowser } from '../e2e/browser.ts';
import { connectHonestly, createOAuthWorld, goToCallback, type OAuthWorld, param } from './oauth-world.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';

const atOnce = 16;
const illegalEach = 50;
const parallel = 50;

export async function oauthState({ seed, long, port }: BarOptions): Promise<Outcome> {
  const wanted = long ? 100_000 : 10_000;
  const world = await createOAuthWorld(port);
  try {
    const states = await collectStates(world, wanted);
    const duplicates = states.length - new Set(states).size;
    const weak = states.filter((state) => Buffer.from(state, 'base64url').length < 16).length;
    const timed = states.filter(isTimeUuid).length;
    const skew = worstBit(states);
    const illegal = await illegalCallbacks(world);
    const exchanges = await parallelCallbacks(world, 5);
    const honest = (await connectHonestly(world)).status;
    const worst = Math.max(...exchanges);
    const figure = renderFigure({
      seed,
      states: states.length,
      duplicates,
      below_128_bits: weak,
      like_time_uuid: timed,
      worst_bit_skew_sigma: skew.toFixed(1),
      illegal_callbacks: illegal.callbacks,
      illegal_exchanges: illegal.exchanges,
      illegal_accepted: illegal.accepted,
      parallel,
      exchanges_of_parallel: worst,
      honest_flow: honest,
    });
    const isRandom = duplicates === 0 && weak === 0 && timed === 0 && skew < 6;
    const isGuarded = illegal.exchanges === 0 && illegal.accepted === 0 && exchanges.every((count) => count === 1);
    return { holds: isRandom && isGuarded && honest === 200, figure };
  } finally {
    await world.end();
  }
}

async function collectStates(world: OAuthWorld, wanted: number): Promise<string[]> {
  const token = await world.session();
  const url = world.startUrl(token);
  const states: string[] = [];
  let started = 0;
  const collect = async () => {
    while (started < wanted) {
      started += 1;
      const { headers } = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(30_000) });
      states.push(param(headers.get('location') ?? 'http://none', 'state'));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, collect));
  return states;
}

/** As text, or as the 16 bytes in it: version 1, 6 or 7. */
function isTimeUuid(state: string): boolean {
  const bytes = Buffer.from(state, 'base64url');
  const isBytes = bytes.length === 16 && [1, 6, 7].includes(bytes[6]! >> 4) && bytes[8]! >> 6 === 2;
  return isBytes || /^[0-9a-f]{8}-[0-9a-f]{4}-[167][0-9a-f]{3}-/i.test(state);
}

/** How far the bit that deviates most is from one half, in standard deviations: a counter or a clock would stand out. */
function worstBit(states: string[]): number {
  const ones = new Uint32Array(256);
  for (const state of states) {
    const bytes = Buffer.from(state, 'base64url');
    for (let bit = 0; bit < 256; bit++) ones[bit]! += ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1;
  }
  const sigma = Math.sqrt(states.length) / 2;
  return Math.max(...[...ones].map((count) => Math.abs(count - states.length / 2) / sigma));
}

interface Illegal {
  callbacks: number;
  exchanges: number;
  accepted: number;
}

async function illegalCallbacks(world: OAuthWorld): Promise<Illegal> {
  const token = await world.session();
  const begin = async () => {
    const browser = createBrowser();
    return { browser, callback: await goToCallback(browser, world.startUrl(token)) };
  };
  const before = world.exchanges();
  let accepted = 0;
  let callbacks = 0;
  const attempt = async (open: () => Promise<{ status: number }>) => {
    callbacks += 1;
    if ((await open()).status !== 400) accepted += 1;
  };
  const database = postgres(world.system.read().databaseUrl, { max: 1, onnotice: () => {} });
  try {
    for (let turn = 0; turn < illegalEach; turn++) {
      const [mine, theirs, late, used] = [await begin(), await begin(), await begin(), await begin()];
      await attempt(() => createBrowser().open(mine.callback)); // no cookie
      await attempt(() => theirs.browser.open(mine.callback)); // another flow's, and the state is gone
      await database`UPDATE oauth_flows SET expires_at = now() - interval '1 s'`;
      await attempt(() => late.browser.open(late.callback));
      await attempt(() => used.browser.open(used.callback.replace(/state=[^&]+/, 'state=')));
    }
  } finally {
    await database.end();
  }
  return { callbacks, exchanges: world.exchanges() - before, accepted };
}

/** @returns token requests of each flow */
async function parallelCallbacks(world: OAuthWorld, flows: number): Promise<number[]> {
  const counts: number[] = [];
  for (let flow = 0; flow < flows; flow++) {
    const browser = createBrowser();
    const callback = await goToCallback(browser, world.startUrl(await world.session()));
    const before = world.exchanges();
    await Promise.all(Array.from({ length: parallel }, () => browser.step(callback)));
    counts.push(world.exchanges() - before);
  }
  return counts;
}
