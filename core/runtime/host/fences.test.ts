import { describe, expect, it } from 'vitest';
import { type Fence, fencesOf, missingFences } from './fences.ts';
import { createStartGuests } from './start-guests.ts';
import { runScript, startGuest, startHostile, testLimits } from './test-guests.ts';

const fences = await fencesOf(testLimits);
const works = new Map<Fence, boolean>();
for (const fence of fences) {
  const guest = await startGuest({ fence }).catch(() => undefined);
  works.set(fence, guest !== undefined);
  guest?.kill();
}
const usable = fences.filter((fence) => works.get(fence));

it('gets weaker to the end, and the last needs nothing of the machine', () => {
  const levels = ['full', 'no network', 'none'];
  expect(fences.at(-1)!.level).toBe('none');
  expect(works.get(fences.at(-1)!)).toBe(true);
  const firstOf = (level: string) => fences.findIndex((fence) => fence.level === level);
  const there = levels.map(firstOf).filter((index) => index !== -1);
  expect(there).toEqual(there.toSorted((a, b) => a - b));
});

describe.each(usable.map((fence) => [fence.level, fence] as const))('behind the fence %s', (level, fence) => {
  it('functions run, and the operator is told what is missing', async () => {
    const guest = await startGuest({ fence });
    expect(
      await runScript(guest, `return (await nango.getMetadata()).x`, { handle: async () => ({ result: { x: 1 } }) }),
    ).toEqual({ output: 1 });
    guest.kill();
    expect(missingFences[level] === undefined).toBe(level === 'full');
  });

  it('a process has one pipe, no file to read and no program to start', async () => {
    const guest = await startHostile(
      `const fs = require('fs'); const open = [];
       for (let fd = 0; fd < 64; fd++) { try { const stat = fs.fstatSync(fd); open.push([fd, stat.isFIFO(), stat.isSocket(), stat.isFile()]); } catch {} }
       const code = (work) => { try { return work() && 'done'; } catch (error) { return error.code; } };
       report([open.filter(([fd, , isSocket, isFile]) => isFile || (isSocket && fd > 3)), code(() => fs.readFileSync('/etc/passwd')),
         code(() => require('child_process').execFileSync('/bin/true')), process.env])`,
      { fence },
    );
    const outcome = await runScript(guest, '');
    guest.kill();
    expect(outcome).toEqual({ output: [[], 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', {}] });
  });

  if (level !== 'full') return; // the others show the machine's files to whoever gets past the flags

  it('a process without the permission flags finds nothing but Node', async () => {
    const guest = await startHostile(
      `const fs = require('fs'); const code = (work) => { try { work(); return 'done'; } catch (error) { return error.code; } };
       report([fs.readdirSync('/').sort(), code(() => fs.readFileSync('/etc/passwd')), code(() => fs.writeFileSync('/x', '')),
         code(() => require('child_process').execFileSync('/bin/sh')), process.pid, fs.readdirSync('/lib').length < 5])`,
      { fence, nodeArgs: ['--no-warnings'] },
    );
    const outcome = (await runScript(guest, '')) as { output: unknown[] };
    guest.kill();
    const [root, ...rest] = outcome.output as [string[], ...unknown[]];
    expect(root.filter((name) => !/^(lib\w*|binds|usr)$/.test(name))).toEqual(['node', 'setpriv']);
    expect(rest).toEqual(['ENOENT', 'EROFS', 'ENOENT', 1, true]);
  });
});

it('takes the next fence where one cannot be built, and tells of it once', async () => {
  const told: string[] = [];
  const broken: Fence = { level: 'full', command: () => ['/bin/false'] };
  const missing: Fence = { level: 'full', command: () => ['/no/such/program'] };
  const guests = createStartGuests(testLimits, {
    onFence: ({ level }) => told.push(level),
    fences: async (limits) => [broken, missing, (await fencesOf(limits)).at(-1)!],
  });
  expect(guests.fence).toBeUndefined();
  for (const guest of await Promise.all([guests.start(), guests.start()])) {
    expect(await runScript(guest, 'return 1')).toEqual({ output: 1 });
    guest.kill();
  }
  expect(told).toEqual(['none']);
  expect(guests.fence?.level).toBe('none');
});

it('says what went wrong when no guest starts', async () => {
  const broken: Fence = { level: 'none', command: () => ['/bin/sh', '-c', 'echo no memory left >&2; exit 7'] };
  const guests = createStartGuests(testLimits, { fences: async () => [broken] });
  await expect(guests.start()).rejects.toMatchObject({
    code: 'guest_crashed',
    retryable: true,
    message: expect.stringMatching(/exit 7\). no memory left/),
  });
});
