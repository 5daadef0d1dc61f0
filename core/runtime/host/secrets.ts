// The secrets that an execution has come across: none of them may stand in its log.
import { isSecretName } from '../../logs/redact.ts';

export interface Secrets extends Iterable<string> {
  /** Of a connection: its tokens, keys and passwords. */
  addCredential(credential: object): void;
  /** Of an integration, or whatever else names its secrets as such. */
  addNamed(values: object | null | undefined): void;
  addVariables(variables: readonly { name: string; value: string }[]): void;
}

export function createSecrets(): Secrets {
  const known = new Set<string>();
  return {
    [Symbol.iterator]: () => known.values(),
    addCredential(credential) {
      const { username, password } = credential as { username?: unknown; password?: unknown };
      // Some providers take an API key as the user and no password.
      if (typeof username === 'string' && !password) known.add(username);
      addNamed(known, credential);
    },
    addNamed: (values) => addNamed(known, values ?? {}),
    addVariables(variables) {
      for (const { name, value } of variables) if (isSecretName(name) || looksSecret(value)) known.add(value);
    },
  };
}

function addNamed(known: Set<string>, values: object): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' && isSecretName(name)) known.add(value);
    else if (typeof value === 'object' && value !== null) addNamed(known, value);
  }
}

/** All variables are stored as secrets, but a word or an address among them would blacken every line that has it. */
const looksSecret = (value: string) => value.length >= 16 && /\d/.test(value) && !/\s|:\/\//.test(value);
