// The `connection_config` of an account that is being connected: what is stored, what the browser says, what the session says.

import type { FormField } from '../../providers/form-field.ts';
import type { Provider } from '../../providers/schema.ts';
import { SynclineError } from '../errors.ts';
import { checkFormValues } from '../integrations/form-values.ts';

export interface ConfigSources {
  /** Of the connection that is renewed. */
  stored?: Record<string, unknown> | undefined;
  browser?: Record<string, unknown> | undefined;
  /** The session's defaults: the strongest, where they have a value. */
  session?: Record<string, unknown> | undefined;
}

/** Events would go where whoever holds the browser likes. */
const notFromBrowsers = new Set(['webhook_url']);
const maxKeys = 100;

/** Later ones win; then defaults fill the gaps. @throws SynclineError `invalid_body`, an entry for each value that is wrong or missing */
export function completeConfig(
  { connection_config: form }: Pick<Provider, 'connection_config'>,
  { stored = {}, browser = {}, session = {} }: ConfigSources,
): Record<string, unknown> {
  const given = Object.entries(browser).filter(([name]) => !notFromBrowsers.has(name));
  if (given.length > maxKeys) throw wrong([{ name: '', code: 'too_big', message: `More than ${maxKeys} values.` }]);
  const values: Record<string, unknown> = {
    ...stored,
    ...Object.fromEntries(given),
    ...Object.fromEntries(Object.entries(session).filter(([, value]) => !isBlank(value))),
  };
  for (const [name, { default_value: fallback }] of Object.entries(form ?? {})) {
    if (fallback !== undefined && isBlank(values[name])) values[name] = fallback;
  }
  checkFormValues('connection_config', form, values);
  const missing = Object.entries(form ?? {}).filter(([name, field]) => isAsked(field) && isBlank(values[name]));
  if (missing.length === 0) return values;
  throw wrong(missing.map(([name, { title }]) => ({ name, code: 'invalid_type', message: `${title} is missing.` })));
}

const isBlank = (value: unknown) => value === undefined || value === null || value === '';

const isAsked = ({ optional, automated, hidden, visible_when }: FormField) =>
  !optional && !automated && !hidden && visible_when === undefined;

const wrong = (found: { name: string; code: string; message: string }[]) =>
  new SynclineError('invalid_body', '', {
    status: 400,
    errors: found.map(({ name, ...entry }) => ({ ...entry, path: ['connection_config', ...(name ? [name] : [])] })),
  });
