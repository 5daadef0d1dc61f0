// SYNCLINE_DATA: what an instance keeps between starts. One start at a time, keys for the owner only.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './lock-file.ts';
import { StartError } from './start-error.ts';
import { readIfThere, writeAtomically } from './write-file.ts';

/** Wishes: another port is taken when one is in use. */
export interface Ports {
  postgres?: number;
  temporal?: number;
  temporalUi?: number;
  simulator?: number;
}

export interface DataFolder {
  path: string;
  file(name: string): string;
  /** Base64; made at the first start. */
  encryptionKey(): string;
  readPorts(): Ports;
  savePorts(ports: Ports): void;
  /** By environment name. */
  readSecretKeys(): Record<string, string>;
  saveSecretKeys(keys: Record<string, string>): void;
  release(): void;
}

/** Postgres needs this much to initialise and to write ahead; below it, it would die half-way. */
const neededBytes = { fresh: 150 * 2 ** 20, existing: 40 * 2 ** 20 };

/** @throws StartError when another start has the folder, or its disk is full. */
export function openDataFolder(path: string): DataFolder {
  const asRoot = process.getuid?.() === 0;
  mkdirSync(path, { recursive: true });
  chmodSync(path, asRoot ? 0o711 : 0o700); // as root, Postgres runs as another user and must pass through
  const file = (name: string) => join(path, name);

  const disk = statfsSync(path);
  const freeBytes = disk.bavail * disk.bsize;
  const hasData = existsSync(file('postgres.json'));
  if (freeBytes < (hasData ? neededBytes.existing : neededBytes.fresh)) {
    const freeMb = Math.floor(freeBytes / 2 ** 20);
    throw new StartError(
      `The disk of ${path} is full (${freeMb} MB left): free some space and start again; nothing was lost.`,
    );
  }

  const lock = takeLock(file('lock'));
  if ('heldBy' in lock) {
    throw new StartError(
      `Process ${lock.heldBy} already runs on ${path}: stop it, or give this start another SYNCLINE_DATA and SYNCLINE_PORT.`,
    );
  }

  const readJson = <T extends object>(name: string): T | undefined => {
    const text = readIfThere(file(name));
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  const saveJson = (name: string, value: object) => {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    if (readIfThere(file(name)) !== text) writeAtomically(file(name), text);
  };

  return {
    path,
    file,
    encryptionKey() {
      const saved = readIfThere(file('encryption.key'))?.trim();
      if (saved) return saved;
      if (hasData) {
        throw new StartError(
          `${file('encryption.key')} is gone, and the data in ${path} cannot be read without it: put it back, or set SYNCLINE_ENCRYPTION_KEY to what it held.`,
        );
      }
      const made = randomBytes(32).toString('base64');
      writeAtomically(file('encryption.key'), `${made}\n`);
      return made;
    },
    readPorts: () => readJson<Ports>('ports.json') ?? {},
    savePorts: (ports) => saveJson('ports.json', ports),
    readSecretKeys: () => readJson<Record<string, string>>('keys.json') ?? {},
    saveSecretKeys: (keys) => saveJson('keys.json', keys),
    release: () => lock.release(),
  };
}
