// Questions to a person. Called only where `context.interactive` says that one is there.
import * as prompts from '@clack/prompts';
import { CliError } from '../errors.ts';

/** Ctrl-C at a question ends the command. */
function orStop<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === 'symbol') throw new CliError('cancelled', 'Stopped.');
  return answer as Exclude<T, symbol>;
}

export async function askConfirm(message: string): Promise<boolean> {
  return orStop(await prompts.confirm({ message, initialValue: false }));
}

export async function askText(message: string, placeholder: string): Promise<string> {
  const validate = (value: string | undefined) => (value?.trim() ? undefined : 'Please write something.');
  return orStop(await prompts.text({ message, placeholder, validate })).trim();
}

export async function askSecret(message: string): Promise<string> {
  const validate = (value: string | undefined) => (value?.trim() ? undefined : 'Please write something.');
  return orStop(await prompts.password({ message, validate })).trim();
}

export async function askChoice<const T extends string>(message: string, choices: readonly T[]): Promise<T> {
  const options = choices.map((value) => ({ value: value as string, label: value as string }));
  return orStop(await prompts.select({ message, options })) as T;
}
