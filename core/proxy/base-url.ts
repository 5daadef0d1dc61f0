// Finds the base URL of a request: the caller's override within the policy, else the entry's template with checked values.
import { outermostPlaceholders } from '../../providers/placeholders.ts';
import { type UrlAlternative, urlAlternatives } from '../../providers/positions.ts';
import { SynclineError } from '../errors.ts';
import type { OverridePolicy, ProxyConnection, ProxyEntry, ProxyIntegration, ProxyRules } from './entry.ts';
import { readValue, type Scope } from './interpolate.ts';
import { fitToPosition } from './position-values.ts';

export interface BaseUrlInput {
  provider: ProxyEntry;
  integration: ProxyIntegration;
  connection: ProxyConnection;
  scope: Scope;
  /** `''` counts as absent. */
  override?: string | undefined;
  policy: OverridePolicy;
}

export interface BaseUrl {
  /** Scheme, host, perhaps a path; no trailing slash. */
  base: string;
  overridden: boolean;
}

/** @throws SynclineError `missing_api_url`, `unsupported_provider`, `base_url_override_not_allowed`, `base_url_override_disabled` */
export function resolveBaseUrl(input: BaseUrlInput): BaseUrl {
  const { provider, integration, connection, override } = input;
  if (override !== undefined && override !== '') return { base: overrideBase(override, input), overridden: true };
  const awsBase = provider.auth_mode === 'AWS_SIGV4' ? connection.connectionConfig['base_url'] : undefined;
  const ownBase =
    typeof awsBase === 'string'
      ? awsBase
      : provider.proxy?.base_url === undefined
        ? integration.config?.['baseUrl']
        : undefined;
  if (typeof ownBase === 'string' && ownBase !== '') return { base: overrideBase(ownBase, input), overridden: true };
  return { base: templateBase(input), overridden: false };
}

/** Where the entry's own API is, or undefined while its template lacks values. */
export function entryOrigin(input: Pick<BaseUrlInput, 'provider' | 'scope'>): string | undefined {
  try {
    return new URL(templateBase(input)).origin;
  } catch {
    return undefined;
  }
}

/** For overrides and absolute endpoints. The egress guard judges the address later. */
export function checkOverride(
  url: URL,
  { provider, scope, policy }: Pick<BaseUrlInput, 'provider' | 'scope' | 'policy'>,
): void {
  if (policy.mode === 'off') {
    throw new SynclineError('base_url_override_disabled', 'This environment does not allow another base URL.', {
      status: 400,
    });
  }
  if (url.username !== '' || url.password !== '') throw notAllowed('A base URL must not contain credentials.');
  if (policy.mode === 'any-public') return;
  const { known_origins = [], link_origins = [], redirect_origins = [] } = provider.proxy ?? {};
  const listed = [...known_origins, ...link_origins, ...redirect_origins, ...(policy.origins ?? [])];
  const allowed =
    url.origin === entryOrigin({ provider, scope }) ||
    listed.some((origin) => URL.parse(origin)?.origin === url.origin);
  if (!allowed) throw notAllowed(`${url.origin} is not on the list of this integration.`);
}

function overrideBase(override: string, input: BaseUrlInput): string {
  const url = URL.parse(override);
  if (url === null || !/^https?:$/.test(url.protocol)) throw notAllowed('The base URL must be an http or https URL.');
  checkOverride(url, input);
  return stripSlash(override.trim().replace(/[?#].*$/s, ''));
}

function templateBase({ provider, scope }: Pick<BaseUrlInput, 'provider' | 'scope'>): string {
  const { proxy } = provider;
  if (proxy?.base_url === undefined) {
    const message = 'This provider has no base URL.';
    throw new SynclineError('unsupported_provider', message, { status: 400, hint: 'Give one: baseUrlOverride.' });
  }
  const missing = new Set<string>();
  for (const alternative of alternativesOf(proxy)) {
    const absent = alternative.variables.filter(({ name }) => (readValue(name, scope) ?? '') === '');
    if (absent.length === 0) return renderAlternative(alternative, scope);
    for (const { name } of absent) missing.add(name);
  }
  throw missingUrl(`The base URL needs ${[...missing].join(', ')}, which this connection lacks.`);
}

function renderAlternative({ template, variables, hostSuffix }: UrlAlternative, scope: Scope): string {
  if (variables.length === 0) return stripSlash(template);
  let text = '';
  let from = 0;
  for (const [at, { start, end, name }] of outermostPlaceholders(template).entries()) {
    const { position } = variables[at]!;
    const value = fitToPosition(readValue(name, scope) ?? '', position, hostSuffix);
    if (value === undefined) throw missingUrl(`The value of ${name} cannot stand in a base URL as ${position}.`);
    text += template.slice(from, start) + value;
    from = end;
  }
  text += template.slice(from);
  const [, authority = ''] = /^https?:\/\/([^/?#]+)/i.exec(text) ?? [];
  const url = URL.parse(text);
  // The grammar already rules this out. The host is where the credential goes, so it is asserted all the same.
  const same = url !== null && url.host === new URL(`${url.protocol}//${authority || 'x'}`).host && url.username === '';
  if (!same || !url.hostname.endsWith(hostSuffix.toLowerCase().replace(/:.*$/, ''))) {
    throw missingUrl('The values of this connection lead to another host.');
  }
  return stripSlash(text);
}

const alternatives = new WeakMap<ProxyRules, UrlAlternative[]>();

function alternativesOf(proxy: ProxyRules): UrlAlternative[] {
  const known = alternatives.get(proxy);
  if (known) return known;
  const read = urlAlternatives(proxy.base_url ?? '', proxy.variables);
  alternatives.set(proxy, read);
  return read;
}

function stripSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}

function missingUrl(message: string): SynclineError {
  return new SynclineError('missing_api_url', message, {
    status: 400,
    hint: "Correct the connection's configuration.",
  });
}

function notAllowed(message: string): SynclineError {
  return new SynclineError('base_url_override_not_allowed', message, { status: 400 });
}
