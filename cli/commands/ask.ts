// Questions to a person. Called only where `context.interactive` says that one is there.
import { CliError } from '../errors.ts';

/** Ctrl-C at a question ends the command. */
function orStop<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === 'symbol') throw new CliError('cancelled', 'Stopped.');
  return answer as Exclude<T, symbol>;
}

/** Loaded when there is a question: most commands ask none. */
const openPrompts = () => import('@clack/prompts');

export async function askConfirm(message: string): Promise<boolean> {
  return orStop(await (await openPrompts()).confirm({ message, initialValue: false }));
}

export async function askText(message: string, placeholder: string): Promise<string> {
  const validate = (value: string | undefined) => (value?.trim() ? undefined : 'Please write something.');
  return orStop(await (await openPrompts()).text({ message, placeholder, validate })).trim();
}

export async function askSecret(message: string): Promise<string> {
  const validate = (value: string | undefined) => (value?.trim() ? undefined : 'Please write something.');
  return orStop(await (await openPrompts()).password({ message, validate })).trim();
}

export async function askChoice<const T extends string>(message: string, choices: readonly T[]): Promise<T> {
  const options = choices.map((value) => ({ value: value as string, label: value as string }));
  return orStop(await (await openPrompts()).select({ message, options })) as T;
}
