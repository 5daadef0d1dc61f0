// What a schema cannot say: placeholders that exist, patterns that compile, URLs whose variables are guarded.
import type { CatalogueProblem } from './catalogue-error.ts';
import type { FormField } from './form-field.ts';
import { isKnownPlaceholder, placeholderNames } from './placeholders.ts';
import { type Position, urlAlternatives } from './positions.ts';
import { categories, type Entry } from './schema.ts';

export type Finding = Omit<CatalogueProblem, 'file'>;

const forms = ['credentials', 'connection_config', 'integration_config', 'assertion_option'] as const;
const known: readonly string[] = categories;

/** Faults: an entry with one is not loaded, whoever wrote it. */
export function faultsOf(entry: Entry): Finding[] {
  return [...brokenPatterns(entry), ...unknownPlaceholders(entry)];
}

/** House rules: our own entries keep them, an overlay should. */
export function shortcomingsOf(entry: Entry): Finding[] {
  return [
    ...undocumented(entry),
    ...incompleteMode(entry),
    ...unguardedVariables(entry),
    ...undeclaredVariables(entry),
  ];
}

function brokenPatterns(entry: Entry): Finding[] {
  const patterns = fieldsOf(entry).map(({ path, field }) => ({ path: `${path}.pattern`, source: field.pattern }));
  const inBody = entry.proxy?.retry?.in_body?.value;
  patterns.push({ path: 'proxy.retry.in_body.value', source: inBody?.slice(1, inBody.lastIndexOf('/')) });
  return patterns.flatMap(({ path, source }) => {
    if (source === undefined || compiles(source)) return [];
    return [{ path, message: `is no regular expression: ${source}` }];
  });
}

function compiles(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false; // the caller reports it with its path
  }
}

function unknownPlaceholders(entry: Entry): Finding[] {
  return templatesOf(entry).flatMap(({ path, text }) =>
    placeholderNames(text)
      .filter((name) => !isKnownPlaceholder(name))
      .map((name) => ({ path, message: `\${${name}} is no placeholder; providers/README.md lists them` })),
  );
}

function undocumented(entry: Entry): Finding[] {
  const findings: Finding[] = [];
  if (entry.docs === undefined) findings.push({ path: 'docs', message: "add the provider's page on authentication" });
  if (entry.disable_pkce === true && !entry.pkce_reason) {
    findings.push({ path: 'pkce_reason', message: 'say why PKCE is off, with the page that says so' });
  }
  for (const category of entry.categories ?? []) {
    if (!known.includes(category))
      findings.push({ path: 'categories', message: `"${category}" is no category of ours` });
  }
  return findings;
}

const needs: Partial<Record<Entry['auth_mode'], (keyof Entry)[]>> = {
  OAUTH2: ['authorization_url', 'token_url', 'token_params'],
  OAUTH2_CC: ['token_url', 'token_params', 'credentials'],
  OAUTH1: ['request_url', 'authorization_url', 'token_url', 'signature_method'],
  TWO_STEP: ['token_url', 'token_response', 'credentials'],
  JWT: ['signature', 'token', 'credentials'],
  API_KEY: ['credentials'],
  BASIC: ['credentials'],
};

function incompleteMode(entry: Entry): Finding[] {
  return (needs[entry.auth_mode] ?? [])
    .filter((key) => entry[key] === undefined)
    .map((path) => ({ path, message: `auth_mode ${entry.auth_mode} needs it` }));
}

/** Security case 11: whatever may steer the host needs a grammar of its own, a pattern or a list of values. */
function unguardedVariables(entry: Entry): Finding[] {
  const steering: readonly Position[] = ['host-label', 'host', 'host-path', 'origin'];
  const variables = urlsOf(entry).flatMap(({ path, text }) =>
    urlAlternatives(text, entry.proxy?.variables).flatMap((url) =>
      url.variables.map((variable) => ({ path, ...variable })),
    ),
  );
  return variables
    .filter(({ name, position }) => steering.includes(position) && !isGuarded(entry, name))
    .map(({ path, name, position }) => ({
      path,
      message: `\${${name}} is a ${position}: give its field a pattern or an enum`,
    }));
}

function isGuarded(entry: Entry, name: string): boolean {
  const field = entry.connection_config?.[name.replace(/^connectionConfig\./, '')];
  return field?.enum !== undefined || (field?.pattern !== undefined && /^\^.*\$$/.test(field.pattern));
}

function undeclaredVariables(entry: Entry): Finding[] {
  const config = new Set([
    ...Object.keys(entry.connection_config ?? {}),
    ...Object.keys(entry.proxy?.connection_config ?? {}),
    ...(entry.after_connect ?? []).flatMap((step) => Object.keys(step.set)),
    ...(entry.token_response_metadata ?? []),
    ...(entry.redirect_uri_metadata ?? []),
    ...(entry.webhook_response_metadata ?? []),
  ]);
  const credentials = new Set([...Object.keys(entry.credentials ?? {}), 'token', '_cookies']);
  return templatesOf(entry).flatMap(({ path, text }) =>
    placeholderNames(text).flatMap((name) => {
      const [scope, key] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
      const declared = scope === 'connectionConfig' ? config : scope === 'credentials' ? credentials : undefined;
      return declared && !declared.has(key) ? [{ path, message: `\${${name}} is set by nothing in this entry` }] : [];
    }),
  );
}

function fieldsOf(entry: Entry): { path: string; field: FormField }[] {
  return forms.flatMap((form) =>
    Object.entries(entry[form] ?? {}).map(([name, field]) => ({ path: `${form}.${name}`, field })),
  );
}

function urlsOf(entry: Entry): { path: string; text: string }[] {
  const keys = [
    'authorization_url',
    'token_url',
    'refresh_url',
    'revocation_url',
    'request_url',
    'registration_url',
  ] as const;
  const base = entry.proxy?.base_url;
  const override = entry.proxy?.verification?.base_url_override;
  return [
    ...keys.flatMap((key) => textsIn(entry[key], key)),
    ...textsIn(base, 'proxy.base_url'),
    ...textsIn(override, 'proxy.verification.base_url_override'),
  ];
}

/** Every text that may hold placeholders: all but the forms, whose examples and patterns are literal. */
function templatesOf(entry: Entry): { path: string; text: string }[] {
  const literal: readonly string[] = forms;
  return Object.entries(entry).flatMap(([key, value]) => (literal.includes(key) ? [] : textsIn(value, key)));
}

function textsIn(value: unknown, path: string): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, `${path}.${key}`));
}
