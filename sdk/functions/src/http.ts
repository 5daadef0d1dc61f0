// What goes into `nango.get` and its siblings, and what comes back.
import type { Undeclared } from './infer.ts';

type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type HttpMethod = Verb | Lowercase<Verb>;

type Scalar = string | number | boolean;

interface PageOptions {
  /** Page size; sent only together with `limit_name_in_request`. */
  limit?: number | undefined;
  limit_name_in_request?: string | undefined;
  /** Dotted path to the rows; absent means that the body is the rows. */
  response_path?: string | undefined;
  /** Page parameters go in the body; the default for POST, PUT and PATCH. */
  in_body?: boolean | undefined;
  /** Awaited after the page was taken and before the next request. */
  on_page?:
    | ((page: { nextPageParam?: string | number | undefined; response: ProxyResponse }) => Promise<void>)
    | undefined;
  /** Above this many pages the loop throws `pagination_limit`. Default 100,000. */
  max_pages?: number | undefined;
}

export interface CursorPagination extends PageOptions {
  type?: 'cursor';
  cursor_name_in_request?: string | undefined;
  /** Dotted path to the next cursor. */
  cursor_path_in_response?: string | undefined;
  /** Go on after an empty page while the cursor is new. */
  follow_empty_pages?: boolean | undefined;
}

export interface LinkPagination extends PageOptions {
  type?: 'link';
  link_rel_in_response_header?: string | undefined;
  link_path_in_response_body?: string | undefined;
}

export interface OffsetPagination extends PageOptions {
  type?: 'offset';
  offset_name_in_request?: string | undefined;
  offset_start_value?: number | undefined;
  offset_calculation_method?: 'by-response-size' | 'per-page' | undefined;
}

/** Laid key by key over the provider's own pagination, so every key is optional. */
export type Pagination = CursorPagination | LinkPagination | OffsetPagination;

export interface ProxyConfiguration {
  /** Path below the provider's base URL, or an absolute URL; may carry a query. */
  endpoint: string;
  method?: HttpMethod | undefined;
  params?: string | Record<string, Scalar | Scalar[] | null | undefined> | undefined;
  /** Body: JSON, a form (string), bytes (Buffer). */
  data?: unknown;
  headers?: Record<string, Scalar | undefined> | undefined;
  /** Repeats after a 429, a 5xx or a broken connection. Default 0. */
  retries?: number | undefined;
  /** Statuses to repeat on, besides the default ones. */
  retryOn?: number[] | null | undefined;
  /** Response headers that say when to try again: `at` a time, `after` a wait. */
  retryHeader?: { at?: string | string[]; after?: string | string[] } | undefined;
  /** Repeat POST and PATCH after a timeout or any 5xx too. Default false. */
  retryUnsafe?: boolean | undefined;
  baseUrlOverride?: string | undefined;
  responseType?: 'arraybuffer' | 'blob' | 'document' | 'json' | 'stream' | 'text' | undefined;
  decompress?: boolean | undefined;
  forwardHeadersOnRedirect?: boolean | undefined;
  paginate?: Pagination | undefined;
  /** Another connection of the same environment; both or neither. */
  providerConfigKey?: string | undefined;
  connectionId?: string | undefined;
}

export interface ProxyResponse<T = Undeclared> {
  data: T;
  status: number;
  statusText: string;
  /** Lower-case names; repeated headers joined by a comma, `set-cookie` a list. */
  headers: Record<string, Undeclared>;
  config: Undeclared;
  request?: Undeclared;
}

/** What a status outside 200–299, or no answer at all, rejects with. */
export interface ProxyError<T = Undeclared> extends Error {
  name: 'AxiosError';
  isAxiosError: true;
  code?: string;
  status?: number;
  /** Absent when there was no answer. */
  response?: ProxyResponse<T>;
  config: Undeclared;
  request?: Undeclared;
  toJSON(): object;
}
