// Variables of an entry: whatever may steer a host is guarded, every one is set by something, nothing is declared in vain.
import { fieldsOf, templatesOf, urlsOf } from './entry-texts.ts';
import type { Finding } from './lint.ts';
import { placeholderNames } from './placeholders.ts';
import { type Position, urlAlternatives } from './positions.ts';
import type { Entry } from './schema.ts';

const steering: readonly Position[] = ['host-label', 'host', 'host-path', 'origin'];

/** Security case 11: whatever may steer the host needs a grammar of its own, a pattern or a list of values. */
export function unguardedVariables(entry: Entry): Finding[] {
  return urlVariables(entry)
    .filter(({ name, position }) => steering.includes(position) && !isGuarded(entry, name))
    .map(({ path, name, position }) => ({
      path,
      message: `\${${name}} is a ${position}: give its field a pattern or an enum`,
    }));
}

export function undeclaredVariables(entry: Entry): Finding[] {
  const config = new Set([
    ...Object.keys(entry.connection_config ?? {}),
    ...Object.keys(entry.proxy?.connection_config ?? {}),
    ...setByThePlatform(entry),
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

/** An automated field is asked of nobody, so a hook or an answer must bring it. */
export function unfilledFields(entry: Entry): Finding[] {
  const filled = setByThePlatform(entry);
  // The field's own flows bring these (`auth.md`): an installation's callback, a hook of older entries.
  for (const key of ['installation_id', 'app_id', ...(entry.connection_configuration ?? [])]) filled.add(key);
  const unfilled = fieldsOf(entry)
    .filter(({ path, field }) => field.automated === true && path.startsWith('connection_config.'))
    .filter(({ path }) => !filled.has(path.slice('connection_config.'.length)))
    .map(({ path }) => ({ path, message: 'is automated, but nothing in this entry sets it' }));
  const { identity } = entry;
  if (identity === undefined || filled.has(identity) || entry.connection_config?.[identity]) return unfilled;
  return [...unfilled, { path: 'identity', message: `"${identity}" is set by nothing in this entry` }];
}

export function unusedPositions(entry: Entry): Finding[] {
  const used = new Set(urlVariables(entry).flatMap(({ name }) => [name, name.slice(name.indexOf('.') + 1)]));
  return Object.keys(entry.proxy?.variables ?? {})
    .filter((name) => !used.has(name))
    .map((name) => ({ path: `proxy.variables.${name}`, message: 'stands in no URL of this entry' }));
}

/** A hook that calls another origin takes the credential there, so the entry must own to it. */
export function unknownOrigins(entry: Entry): Finding[] {
  const { base_url: base = '', known_origins: known = [] } = entry.proxy ?? {};
  return urlsOf(entry).flatMap(({ path, text }) => {
    const isCall = path.startsWith('after_connect.') || path === 'revocation.endpoint';
    const origin = isCall ? /^https?:\/\/[^/?#$]+(?=[/?#]|$)/.exec(text)?.[0] : undefined;
    if (origin === undefined || known.includes(origin) || base.startsWith(origin)) return [];
    return [{ path, message: `${origin} is not the API's origin: add it to proxy.known_origins` }];
  });
}

function urlVariables(entry: Entry): { path: string; name: string; position: Position }[] {
  return urlsOf(entry).flatMap(({ path, text }) =>
    urlAlternatives(text, entry.proxy?.variables).flatMap((url) =>
      url.variables.map((variable) => ({ path, ...variable })),
    ),
  );
}

function isGuarded(entry: Entry, name: string): boolean {
  const field = entry.connection_config?.[name.replace(/^connectionConfig\./, '')];
  return field?.enum !== undefined || (field?.pattern !== undefined && /^\^.*\$$/.test(field.pattern));
}

function setByThePlatform(entry: Entry): Set<string> {
  return new Set([
    ...(entry.after_connect ?? []).flatMap((step) => Object.keys(step.set)),
    ...(entry.token_response_metadata ?? []),
    ...(entry.redirect_uri_metadata ?? []),
    ...(entry.webhook_response_metadata ?? []),
  ]);
}
