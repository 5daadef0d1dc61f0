// What belongs to the key's own environment: variables of functions, and further keys.

export interface EnvironmentVariable {
  name: string;
  value: string;
}

export interface ApiKey {
  id: string;
  display_name: string;
  /** The beginning of the secret, to recognise it by. */
  prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  created_by: string | null;
}

export interface NewApiKey {
  display_name: string;
  /** At most what your own key may. Default: everything in the environment. */
  scopes?: string[] | undefined;
  /** ISO time. */
  expires_at?: string | undefined;
}

/** The secret is in this answer and nowhere else. */
export type CreatedApiKey = ApiKey & { secret: string };
