// What a walk over pages is given and what it goes by; the files beside this one are the three ways to walk.

export interface PageResponse {
  data: unknown;
  headers: Readonly<Record<string, unknown>>;
}

export interface PageRequest {
  endpoint: string;
  method?: string | undefined;
  params?: unknown;
  data?: unknown;
  baseUrlOverride?: string | undefined;
}

/** Of a provider's entry; a call's own are laid over them key by key. */
export interface PaginateRules {
  type?: 'cursor' | 'link' | 'offset' | undefined;
  limit?: number | undefined;
  limit_name_in_request?: string | undefined;
  response_path?: string | undefined;
  in_body?: boolean | undefined;
  max_pages?: number | undefined;
  cursor_name_in_request?: string | undefined;
  cursor_path_in_response?: string | undefined;
  follow_empty_pages?: boolean | undefined;
  link_rel_in_response_header?: string | undefined;
  link_path_in_response_body?: string | undefined;
  offset_name_in_request?: string | undefined;
  offset_start_value?: number | undefined;
  offset_calculation_method?: 'by-response-size' | 'per-page' | undefined;
}

export interface CallRules<Response extends PageResponse> extends PaginateRules {
  on_page?: ((page: { nextPageParam: string | number | undefined; response: Response }) => unknown) | undefined;
}

export interface PaginateContext<Response> {
  /** The URL that was requested, without credentials: links are judged against its origin. */
  urlOf: (response: Response) => string | undefined;
  /** The entry's `proxy.link_origins`. */
  linkOrigins?: readonly string[];
  /** Hosts of the same API, as regular expressions: a link there is asked on our own origin. */
  siblingHosts?: readonly string[];
  warn?: (message: string) => void;
}

export interface Walk<Config extends PageRequest, Response extends PageResponse> {
  config: Config;
  rules: CallRules<Response>;
  request: (config: Config) => Promise<Response>;
  context: PaginateContext<Response>;
  inBody: boolean;
}

export type PageErrorCode = 'pagination_config' | 'pagination_loop' | 'pagination_limit' | 'pagination_cross_origin';

export function pageError(code: PageErrorCode, message: string): Error & { code: PageErrorCode } {
  return Object.assign(new Error(message), { code });
}
