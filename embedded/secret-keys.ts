// The first API keys. The API stores only their hash, so the one time it says them, they are written down for the owner.
import type { Env, SupervisorConfig } from '../core/config/parse-config.ts';
import type { ApiReady } from './children.ts';
import type { DataFolder } from './data-folder.ts';

export interface SecretKeys {
  /** What the API is told at its start. */
  env(): Env;
  /** Fills in the keys that the API no longer knows; saves the new ones. */
  complete(message: ApiReady): ApiReady;
}

export function createSecretKeys(config: SupervisorConfig, data: DataFolder): SecretKeys {
  const chosen: Env = config.secretKeys;
  return {
    env() {
      const saved = data.readSecretKeys();
      return {
        SYNCLINE_SECRET_KEY_DEV: chosen['dev'] ?? saved['dev'],
        SYNCLINE_SECRET_KEY_PROD: chosen['prod'] ?? saved['prod'],
      };
    },
    complete(message) {
      const saved = data.readSecretKeys();
      const environments = message.environments.map((environment) => ({
        ...environment,
        secretKey: environment.secretKey ?? saved[environment.name] ?? chosen[environment.name] ?? null,
      }));
      const known = environments.flatMap(({ name, secretKey }) => (secretKey === null ? [] : [[name, secretKey]]));
      data.saveSecretKeys({ ...saved, ...Object.fromEntries(known) });
      return { ...message, environments };
    },
  };
}
