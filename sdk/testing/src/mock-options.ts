// What a mock is made with.
import type { Pagination } from '@syncline/functions';
import type { Fixture } from './recording.ts';

export interface MockOptions {
  /** Folder of the test, `<integration>/tests`. Needed unless there is a `fixture`. */
  dirname?: string;
  /** The function's. */
  name: string;
  /** Of a sync: its models, with commas. */
  Model?: string;
  /** Instead of a file. */
  fixture?: Fixture;
  /** Default: the folder above `dirname`. */
  providerConfigKey?: string;
  /** Whose pagination applies by default. Default: the integration's name. */
  provider?: string;
  /** Instead of the provider's. */
  pagination?: Pagination;
  /**
   * As the runtime does it: answers outside 200–299 are thrown, input is validated, records go through the rules. `verify()` then
   * fails for requests that were not recorded, for records that would be quarantined, and tells what nobody asked for. Default false.
   */
  strict?: boolean;
}
