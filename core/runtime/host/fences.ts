// How a guest is started so that the kernel keeps it from the machine: as much of it as this platform allows.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * `full`: no network, no view of other processes, a file system with nothing but Node in it.
 * `no network`: as full, with the host's file system. `none`: only what Node itself refuses.
 */
export type FenceLevel = 'full' | 'no network' | 'none';

/** For the operator: what is missing where it is not all there. */
export const missingFences: Record<FenceLevel, string | undefined> = {
  full: undefined,
  'no network':
    'Functions run without network, but the file system is kept from them by Node alone: an empty root could not be mounted.',
  none:
    'Functions run without the walls of the kernel: this machine does not let us make namespaces (a container’s seccomp profile, ' +
    'AppArmor, or user.max_user_namespaces). A package that breaks out of a function’s realm could open sockets. SECURITY.md says more.',
};

export interface Fence {
  level: FenceLevel;
  /** Runs `node` with arguments behind the fence. */
  command(nodeArgs: readonly string[]): string[];
}

export interface MemoryLimits {
  /** Of JavaScript objects: V8's old generation. */
  heapMb: number;
}

/**
 * What V8 and Node map writable before a script runs (measured: 561 MB, most of it the range for machine code, never touched),
 * and what a script may have beside its heap: buffers, the young generation, stacks of threads.
 */
const baseMb = 576;
const offHeapMb = 256;

const tool = (name: string) =>
  ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find(existsSync);

/** The strongest first; a guest that does not become ready behind one is tried behind the next. */
export async function fencesOf(limits: MemoryLimits): Promise<Fence[]> {
  const start = [...limited(limits), ...orphanless()];
  const none: Fence = { level: 'none', command: (nodeArgs) => [...start, process.execPath, ...nodeArgs] };
  const [unshare, setpriv, sh, env] = ['unshare', 'setpriv', 'sh', 'env'].map(tool);
  if (process.platform !== 'linux' || !unshare || !setpriv || !sh || !env) return [none];
  // The shell's child is the first process of the new namespace. The shell waits outside of it, and lets go of the pipe: or the
  // host would not hear when the guest closes its end. Shells add variables of their own.
  const asInit = `${env} -i "$@" & exec 3>&-; wait $!`;
  const rooted = await emptyRoot({ unshare, setpriv, sh, asInit });
  // Root needs no user namespace where those are switched off.
  const users = process.getuid?.() === 0 ? [['--user', '--map-root-user'], []] : [['--user', '--map-root-user']];
  return [
    ...users.flatMap((user): Fence[] => {
      const apart = [...start, unshare, ...user, '--net', '--ipc', '--uts', '--mount'];
      const bare = ['--pid', sh, '-c', asInit, 'sh', setpriv, ...powerless, process.execPath];
      const fences: Fence[] = [{ level: 'no network', command: (nodeArgs) => [...apart, ...bare, ...nodeArgs] }];
      if (rooted) fences.unshift({ level: 'full', command: (nodeArgs) => [...apart, ...rooted, ...nodeArgs] });
      return fences;
    }),
    none,
  ];
}

/** A guest in an endless loop never sees its pipe close: the kernel ends it with the host. */
function orphanless(): string[] {
  const setpriv = tool('setpriv');
  return setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : [];
}

/** Of a process that was root of its namespaces to make them. */
const powerless = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--pdeathsig', 'KILL', '--'];

/** The data segment and not the address space: V8 reserves more of that than any useful limit, without touching it. */
function limited({ heapMb }: MemoryLimits): string[] {
  const prlimit = tool('prlimit');
  if (!prlimit) return [];
  const dataBytes = (baseMb + heapMb + offHeapMb) * 1024 * 1024;
  return [prlimit, `--data=${dataBytes}`, '--core=0', '--nofile=256', '--'];
}

/**
 * Files are bound one by one into an empty root, then the root is changed and every power over it given up.
 * @returns undefined when this system's tools are not as expected
 */
async function emptyRoot({
  unshare,
  setpriv,
  sh,
  asInit,
}: Record<'unshare' | 'setpriv' | 'sh' | 'asInit', string>): Promise<string[] | undefined> {
  const [mkdir, mount, chroot] = ['mkdir', 'mount', 'chroot'].map(tool);
  if (!mkdir || !mount || !chroot) return undefined;
  try {
    const { stdout } = await promisify(execFile)(tool('ldd') ?? 'ldd', [process.execPath, setpriv], { env: {} });
    const libraries = [...new Set(stdout.match(/(?<=\s)\/[^\s:]+(?= \(0x)/g) ?? [])];
    const files = [
      [process.execPath, '/node'],
      [setpriv, '/setpriv'],
      ...libraries.map((file) => [file, file] as const),
    ] as const;
    if ([...files.flat()].some((file) => /[\s\\'"$`]/.test(file))) return undefined; // not for a shell, nor for fstab
    const root = join(tmpdir(), `syncline-guest-${process.getuid?.()}`, 'root');
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const folders = [...new Set(files.map(([, inside]) => dirname(inside)).filter((folder) => folder !== '/'))];
    const script = [
      'set -e',
      `${mount} -t tmpfs -o mode=755,size=256k,nosuid,nodev none ${root}`,
      `cd ${root}`,
      ...(folders.length > 0 ? [`${mkdir} -p ${folders.map((folder) => `.${folder}`).join(' ')}`] : []),
      ...files.map(([, inside]) => `: > .${inside}`),
      `printf '%s\\n' ${files.map(([outside, inside]) => `'${outside} ${root}${inside} none bind,ro,nosuid,nodev 0 0'`).join(' ')} > ./binds`,
      `${mount} -a -T ./binds`,
      ': > ./binds',
      `${mount} -o remount,ro ${root}`,
      'ulimit -f 0',
      `exec ${unshare} --pid ${sh} -c '${asInit}' sh ${chroot} ${root} /setpriv ${powerless.join(' ')} /node "$@"`,
    ].join('\n');
    return [sh, '-c', script, 'sh'];
  } catch {
    return undefined; // a static Node, another libc: the host's file system stays in view
  }
}
