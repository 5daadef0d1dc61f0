// Where an entry holds what: its form fields, its URLs, its templates. What the linter walks.
import type { FormField } from './form-field.ts';
import type { Entry } from './schema.ts';

export interface PlacedText {
  /** Dotted path in the entry. */
  path: string;
  text: string;
}

const forms = ['credentials', 'connection_config', 'integration_config', 'assertion_option'] as const;

export function fieldsOf(entry: Entry): { path: string; field: FormField }[] {
  return forms.flatMap((form) =>
    Object.entries(entry[form] ?? {}).map(([name, field]) => ({ path: `${form}.${name}`, field })),
  );
}

const urlKeys = [
  'authorization_url',
  'token_url',
  'refresh_url',
  'revocation_url',
  'request_url',
  'registration_url',
  'user_installations_url',
] as const;

/** Every URL that requests go to. Endpoints of hooks count when they are absolute. */
export function urlsOf(entry: Entry): PlacedText[] {
  const endpoints = (entry.after_connect ?? []).flatMap(({ request }, index) =>
    textsIn(request?.endpoint, `after_connect.${index}.request.endpoint`),
  );
  const revocation = textsIn(entry.revocation?.endpoint, 'revocation.endpoint');
  return [
    ...urlKeys.flatMap((key) => textsIn(entry[key], key)),
    ...(entry.additional_steps ?? []).flatMap((step, index) =>
      textsIn(step.token_url, `additional_steps.${index}.token_url`),
    ),
    ...textsIn(entry.proxy?.base_url, 'proxy.base_url'),
    ...textsIn(entry.proxy?.verification?.base_url_override, 'proxy.verification.base_url_override'),
    ...[...endpoints, ...revocation].filter(({ text }) => /^https?:/.test(text)),
  ];
}

/** Every text that may hold placeholders: all but the forms, whose examples and patterns are literal. */
export function templatesOf(entry: Entry): PlacedText[] {
  const literal: readonly string[] = forms;
  return Object.entries(entry).flatMap(([key, value]) => (literal.includes(key) ? [] : textsIn(value, key)));
}

function textsIn(value: unknown, path: string): PlacedText[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, `${path}.${key}`));
}
