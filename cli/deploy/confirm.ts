// The question before functions change, and who may answer it.
import { CliError, exitCodes } from '../errors.ts';

export interface Answers {
  autoConfirm: boolean;
  allowDestructive: boolean;
  /** Absent where nobody can be asked. */
  confirm: ((question: string) => Promise<boolean>) | undefined;
}

interface Question extends Answers {
  /** `deploy`, `rollback`: for the words. */
  what: string;
  /** Functions go away. */
  removes: boolean;
}

/** --auto-confirm answers the ordinary question only: a pipeline must say that it means to remove something. */
export async function mustBeAllowed({
  what,
  removes,
  autoConfirm,
  allowDestructive,
  confirm,
}: Question): Promise<void> {
  const asks = removes && !allowDestructive;
  if (!asks && autoConfirm) return;
  if (confirm === undefined || (asks && autoConfirm)) {
    throw asks
      ? refused('destructive_deploy', `This ${what} removes functions.`, 'Add --allow-destructive if that is meant.')
      : refused('not_confirmed', 'Nobody can be asked here.', 'Add --auto-confirm.');
  }
  const question = asks ? 'This removes functions, and stops their syncs. Go on all the same?' : 'Go on?';
  if (!(await confirm(question))) throw refused('not_confirmed', 'Nothing was changed.');
}

export function refused(code: string, message: string, hint?: string): CliError {
  return new CliError(code, message, { exitCode: exitCodes.deploy, ...(hint !== undefined && { hint }) });
}
