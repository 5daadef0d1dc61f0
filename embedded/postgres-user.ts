// PostgreSQL refuses to run as root. Started as root (containers, CI), it runs as a system user of its own instead.
import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from './start-error.ts';
import { readIfThere } from './write-file.ts';

export interface SystemUser {
  uid: number;
  gid: number;
}

const names = ['syncline', 'postgres'];

/** Undefined when we are not root: then Postgres runs as we do. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = names.map(findUser).find((user) => user !== undefined);
  if (found) return found;
  // useradd is Debian's and Red Hat's, adduser -S is BusyBox's.
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'syncline'], {
    stdio: 'ignore',
  });
  if (!findUser('syncline')) spawnSync('adduser', ['-S', '-D', '-H', 'syncline'], { stdio: 'ignore' });
  const made = findUser('syncline');
  if (made) return made;
  throw new StartError(
    'Postgres does not run as root and a system user could not be made: run as another user, create the user "syncline", or set DATABASE_URL.',
  );
}

function findUser(name: string): SystemUser | undefined {
  const line =
    process.platform === 'linux'
      ? readIfThere('/etc/passwd')
          ?.split('\n')
          .find((entry) => entry.startsWith(`${name}:`))
      : undefined;
  if (line) {
    const [, , uid, gid] = line.split(':').map(Number);
    return { uid: uid!, gid: gid! };
  }
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') }; // a directory service, or macOS
  } catch {
    return undefined;
  }
}

/** May the user walk down to this folder? By mode bits; an ACL that says otherwise is not seen. */
export function canReach(folder: string, { uid, gid }: SystemUser): boolean {
  const stat = statSync(folder);
  const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
  if ((stat.mode & bit) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || canReach(parent, { uid, gid });
}
