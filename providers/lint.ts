// What a schema cannot say about an entry. Faults stop the start; house rules are what our own entries keep.
import type { CatalogueProblem } from './catalogue-error.ts';
import { templatesOf } from './entry-texts.ts';
import { brokenPatterns, refusedSamples } from './lint-forms.ts';
import {
  undeclaredVariables,
  unfilledFields,
  unguardedVariables,
  unknownOrigins,
  unusedPositions,
} from './lint-variables.ts';
import { isKnownPlaceholder, placeholderNames } from './placeholders.ts';
import { categories, type Entry } from './schema.ts';

export type Finding = Omit<CatalogueProblem, 'file'>;

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
    ...refusedSamples(entry),
    ...unguardedVariables(entry),
    ...undeclaredVariables(entry),
    ...unfilledFields(entry),
    ...unusedPositions(entry),
    ...unknownOrigins(entry),
  ];
}

/** Of the file's text: a claim about a provider carries its page and the date it was looked up. */
export function evidenceGaps(yaml: string): Finding[] {
  const head = yaml.split(/^[^#]/m)[0] ?? '';
  const gaps: Finding[] = [];
  if (!/https:\/\/\S+\.\S/.test(head))
    gaps.push({ path: '', message: "cite the provider's pages in the head comment" });
  if (!/\b20\d\d-\d\d\b/.test(head))
    gaps.push({ path: '', message: 'say in the head comment when they were looked up (2026-11)' });
  return gaps;
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
  if ((entry.categories ?? []).length === 0) findings.push({ path: 'categories', message: 'name at least one' });
  for (const category of entry.categories ?? []) {
    if (!known.includes(category))
      findings.push({ path: 'categories', message: `"${category}" is no category of ours` });
  }
  for (const scope of entry.default_scopes ?? []) {
    if (entry.available_scopes && !entry.available_scopes.includes(scope))
      findings.push({ path: 'available_scopes', message: `lacks the default scope "${scope}"` });
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
  BILL: ['token_url', 'credentials'],
  APP: ['token_url'],
};

function incompleteMode(entry: Entry): Finding[] {
  return (needs[entry.auth_mode] ?? [])
    .filter((key) => entry[key] === undefined)
    .map((path) => ({ path, message: `auth_mode ${entry.auth_mode} needs it` }));
}
