// What a simulator can be started with; all of it can be changed later.
import type { AuthOptions } from './authenticate.ts';
import type { DatasetOptions } from './dataset.ts';
import type { FaultRule } from './faults/script.ts';
import type { OAuthOptions } from './oauth/options.ts';
import type { RateLimitOptions } from './rate-limit.ts';

export interface SimulatorOptions {
  dataset?: DatasetOptions;
  auth?: Partial<AuthOptions>;
  oauth?: Partial<OAuthOptions>;
  rateLimit?: RateLimitOptions;
  faults?: readonly FaultRule[];
  /** Chance in the fault script; default 1. */
  faultSeed?: number;
  /** Serve `/echo` and `/items` to anybody at once, and log no requests: for benchmarks. */
  fast?: boolean;
  /** Serve `/__control`; default true. Whoever reaches the port can then change everything. */
  control?: boolean;
}
