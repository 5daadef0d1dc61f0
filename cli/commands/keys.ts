// syncline keys check | rotate: the operator's encryption keys.
import { CliError } from '../errors.ts';
import { asCliError, findServerDatabase, importServer, type ServerDatabase } from '../keys/server-database.ts';
import type { CommandSpec } from './define-command.ts';

/** What core/crypto gives; loaded only where there is a server. */
interface KeyCheck {
  keys: { id: string; active: boolean; wraps: { root: boolean; dataKeys: number }; droppable: boolean }[];
  columns: { environment: string; column: string; values: number; active: number; older: number }[];
  rotationSince: Date | null;
}

interface Progress {
  phase: 'wrap' | 'wait' | 'encrypt';
  done: number;
  total: number;
  rate: number;
  etaSeconds: number | null;
  column?: string;
}

interface Rotated {
  resumed: boolean;
  rewrapped: number;
  values: number;
  left: number;
  unreadable: { count: number; places: { table: string; column: string; row: string }[] };
  seconds: number;
}

interface Rotate extends ServerDatabase {
  onProgress(progress: Progress): void;
  maxRate?: number;
  activateAfterMs?: number;
}

export const keysCheckCommand: CommandSpec = {
  name: 'check',
  summary: 'what is on which encryption key, and whether an old one may go',
  async run(context) {
    const database = findServerDatabase(context);
    const check = await asCliError(async () => {
      const { checkKeys } = await importServer<{ checkKeys(of: ServerDatabase): Promise<KeyCheck> }>(
        'core/crypto/check-keys.ts',
      );
      return checkKeys(database);
    });
    const { terminal } = context;
    terminal.table([
      ['ENVIRONMENT', 'COLUMN', 'VALUES', 'ON THE ACTIVE DATA KEY', 'ON EARLIER ONES'],
      ...check.columns.map(({ environment, column, values, active, older }) => [
        environment,
        column,
        String(values),
        String(active),
        String(older),
      ]),
    ]);
    terminal.line();
    terminal.table([
      ['KEY', 'IN SYNCLINE_ENCRYPTION_KEY', 'WRAPS', 'VERDICT'],
      ...check.keys.map(({ id, active, wraps, droppable }, index) => [
        id,
        active ? 'first: encrypts' : `number ${index + 1}: only opens`,
        [wraps.root && 'the root', wraps.dataKeys > 0 && `${wraps.dataKeys} data keys`].filter(Boolean).join(', ') ||
          'nothing',
        active ? 'needed' : droppable ? 'can be dropped' : 'still needed: run syncline keys rotate',
      ]),
    ]);
    const since = check.rotationSince;
    if (since) terminal.line(`\nA rotation begun at ${since.toISOString()} did not end: syncline keys rotate goes on.`);
    return check;
  },
};

export const keysRotateCommand: CommandSpec = {
  name: 'rotate',
  summary: 'put everything on the first encryption key and new data keys, while the server runs',
  options: [['--max-rate <n>', 'at most this many values a second']],
  async run(context, { options }) {
    const database = findServerDatabase(context);
    const maxRate = toRate(options['maxRate']);
    const { terminal } = context;
    const result = await asCliError(async () => {
      const { rotateKeys } = await importServer<{ rotateKeys(of: Rotate): Promise<Rotated> }>(
        'core/crypto/rotate-keys.ts',
      );
      const onProgress = (progress: Progress) => terminal.progress(progress, describe(progress));
      const { keyActivationMs: activateAfterMs } = context;
      return rotateKeys({
        ...database,
        onProgress,
        ...(maxRate !== undefined && { maxRate }),
        ...(activateAfterMs !== undefined && { activateAfterMs }),
      });
    });
    const { values, rewrapped, left, unreadable, seconds, resumed } = result;
    if (unreadable.count > 0 || left > 0) {
      const places = unreadable.places.map(({ table, column, row }) => `\n  ${table}.${column} of ${row}`);
      throw new CliError(
        'rotation_incomplete',
        `${values} values were re-encrypted; ${left} were held by others, ${unreadable.count} do not open.${places.join('')}`,
        {
          hint: 'Run it again. What does not open was altered or moved: restore it from a backup, or remove the row.',
          result,
        },
      );
    }
    terminal.line(
      `✔ ${resumed ? 'Went on with the rotation: ' : ''}${values} values re-encrypted and ${rewrapped} keys wrapped anew in ${seconds.toFixed(1)} s.`,
    );
    terminal.line('  syncline keys check says which old keys can be dropped from SYNCLINE_ENCRYPTION_KEY.');
    return result;
  },
};

function describe({ phase, done, total, rate, etaSeconds, column }: Progress): string {
  if (phase === 'wrap') return 'Wrapping the keys anew';
  if (phase === 'wait') return `Waiting ${etaSeconds} s until every process knows the new data keys`;
  const percent = total === 0 ? 100 : Math.floor((done * 100) / total);
  const eta = etaSeconds === null ? '' : `, ${etaSeconds} s left`;
  return `${percent} %  ${done} of ${total} values, ${rate}/s${eta}  ${column ?? ''}`.trimEnd();
}

function toRate(given: string | boolean | undefined): number | undefined {
  if (given === undefined) return undefined;
  const rate = Number(given);
  if (Number.isInteger(rate) && rate > 0) return rate;
  throw new CliError('usage', '--max-rate takes a whole number above 0.');
}
