// A request to a provider with a connection's credential.
import type { ResponseType } from '../response.ts';
import type { Place } from './place.ts';

type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'PROPFIND' | 'REPORT';
type Scalar = string | number | boolean;

export interface ProxyRequest extends Place {
  /** Path below the provider's base URL, or an absolute URL; may carry a query. */
  endpoint: string;
  method?: Verb | Lowercase<Verb> | undefined;
  /** Lists become one value with commas; a text is appended as it is. */
  params?: string | Record<string, Scalar | readonly Scalar[] | null | undefined> | undefined;
  /** JSON, a form (text or URLSearchParams), FormData, bytes or a stream. */
  data?: unknown;
  headers?: Record<string, Scalar | undefined> | undefined;
  /** Repeats by the server, after a 429, a 5xx or a broken connection. Default 0. */
  retries?: number | undefined;
  /** Statuses to repeat on, besides the default ones. */
  retryOn?: readonly number[] | null | undefined;
  /** Repeat POST and PATCH after a timeout or any 5xx too. */
  retryUnsafe?: boolean | undefined;
  baseUrlOverride?: string | undefined;
  /** Decode a compressed answer on the server. */
  decompress?: boolean | string | undefined;
  forwardHeadersOnRedirect?: boolean | undefined;
  /** Default `json`, which leaves as text what is none. */
  responseType?: ResponseType | undefined;
}
