// What an end user is asked for an account of a provider: the entry's fields, or those that its auth mode always needs, in the order
// and at the place in the request where they belong. The page that draws it knows no auth mode.
import type { AuthMode } from '../../../providers/auth-modes.ts';
import type { FormField } from '../../../providers/form-field.ts';
import type { Provider } from '../../../providers/schema.ts';

export interface ConnectField
  extends Pick<
    FormField,
    'description' | 'example' | 'pattern' | 'prefix' | 'suffix' | 'format' | 'enum' | 'visible_when' | 'warnings'
  > {
  name: string;
  /** `params[<name>]` of the query, the body, or the body's `assertionOption`. */
  place: 'params' | 'body' | 'assertionOption';
  /** Absent for a field that every provider of the mode has: the page knows its words. */
  title?: string;
  /** The page that shows where to find the value. */
  help?: string;
  required: boolean;
  secret: boolean;
  /** A key or certificate in PEM. */
  multiline: boolean;
  /** What the input holds at first. */
  value?: string;
}

export interface ConnectForm {
  /** `popup`: the browser goes to the provider and comes back. */
  kind: 'popup' | 'form';
  /** The integration's key follows. */
  endpoint: string;
  /** Sent along with what was entered. */
  constants: Record<string, string>;
  fields: ConnectField[];
}

export interface FormContext {
  /** Where an app tells its own users what to do, instead of the entry's page. */
  docsConnect?: string | undefined;
  /** The session says these already; whoever connects cannot change them. */
  given?: Record<string, unknown> | undefined;
  /** Of the connection that is renewed. */
  stored?: Record<string, unknown> | undefined;
}

type OwnField = Partial<FormField>;

const secret: OwnField = { secret: true };
const login: Record<string, OwnField> = { username: {}, password: secret };

interface ModeForm {
  endpoint: string;
  /** Asked whatever the entry says; its own fields of these names describe them better. */
  own?: (provider: Provider) => Record<string, OwnField>;
  /** Fields of the entry beyond `own` are part of the body. */
  takesMore?: boolean;
  constants?: Record<string, string>;
}

const popup: ModeForm = { endpoint: '/oauth/connect' };
/** Goes on at the provider, which tells us by a webhook. */
const outbound: ModeForm = { endpoint: '/auth/oauth-outbound' };

const forms: Record<AuthMode, ModeForm> = {
  OAUTH2: popup,
  OAUTH1: popup,
  APP: popup,
  CUSTOM: popup,
  INSTALL_PLUGIN: popup,
  MCP_OAUTH2: popup,
  MCP_OAUTH2_GENERIC: popup,
  API_KEY: { endpoint: '/api-auth/api-key', own: () => ({ apiKey: secret }) },
  BASIC: { endpoint: '/api-auth/basic', own: () => login, constants: { username: '', password: '' } },
  OAUTH2_CC: { endpoint: '/oauth2/auth', own: clientFields, takesMore: true },
  TWO_STEP: { endpoint: '/auth/two-step', takesMore: true, constants: { type: 'TWO_STEP' } },
  JWT: { endpoint: '/auth/jwt', takesMore: true, constants: { type: 'JWT' } },
  TBA: { endpoint: '/auth/tba', own: () => ({ token_id: secret, token_secret: secret }) },
  BILL: { endpoint: '/auth/bill', own: () => ({ ...login, organization_id: {}, dev_key: secret }) },
  SIGNATURE: { endpoint: '/auth/signature', own: () => login, constants: { type: 'SIGNATURE' } },
  AWS_SIGV4: { endpoint: '/auth/aws-sigv4', own: awsFields, constants: { type: 'AWS_SIGV4' } },
  NONE: { endpoint: '/auth/unauthenticated' },
};

/** An entry with fields of its own asks for those; a certificate comes with its key. */
function clientFields(provider: Provider): Record<string, OwnField> {
  const { credentials = {}, require_client_certificate, token_request_auth_method } = provider;
  const asks = (name: string) => Object.keys(credentials).length === 0 || credentials[name] !== undefined;
  const signs = token_request_auth_method === 'private_key_jwt';
  return {
    ...(asks('client_id') && { client_id: {} }),
    ...(asks('client_secret') && { client_secret: { ...secret, optional: require_client_certificate || signs } }),
    ...(require_client_certificate && { client_certificate: {} }),
    ...((require_client_certificate || signs) && { client_private_key: secret }),
  };
}

/** The region may be the integration's default one. */
function awsFields(): Record<string, OwnField> {
  return {
    role_arn: {
      example: 'arn:aws:iam::123456789012:role/Name',
      pattern: '^arn:aws[a-z-]{0,20}:iam::\\d{12}:role/[\\w+=,.@/-]{1,512}$',
    },
    region: { example: 'eu-central-1', pattern: '^[a-z]{2}(-[a-z]{1,12}){1,3}-\\d{1,2}$', optional: true },
    external_id: { format: 'uuid', optional: true },
  };
}

/** @example connectFormOf(provider).fields.map(({ name }) => name) // ['subdomain', 'apiKey'] */
export function connectFormOf(provider: Provider, context: FormContext = {}): ConnectForm {
  const mode = provider.installation === 'outbound' ? outbound : forms[provider.auth_mode];
  const { credentials = {}, connection_config = {}, assertion_option = {} } = provider;
  const own = mode.own?.(provider) ?? {};
  const entered = mode.takesMore ? { ...own, ...credentials } : own;
  const body = Object.fromEntries(
    Object.entries(entered).map(([name, field]) => [name, { ...field, ...credentials[name] }]),
  );
  const draw = (place: ConnectField['place'], fields: Record<string, OwnField>) =>
    Object.entries(fields)
      .filter(([, field]) => !field.automated && !field.hidden)
      .sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0))
      .map(([name, field]) => drawField(provider, context, { name, place, field }));
  const asked = Object.entries(connection_config).filter(([name]) => isBlank(context.given?.[name]));
  const hidden = Object.entries(body).filter(([, { hidden, default_value }]) => hidden && default_value !== undefined);
  return {
    kind: mode === popup ? 'popup' : 'form',
    endpoint: mode.endpoint,
    constants: {
      ...mode.constants,
      ...Object.fromEntries(hidden.map(([name, field]) => [name, field.default_value!])),
    },
    fields: [
      ...draw('params', Object.fromEntries(asked)),
      ...draw('body', body),
      ...(mode.takesMore ? draw('assertionOption', assertion_option) : []),
    ],
  };
}

interface Drawn {
  name: string;
  place: ConnectField['place'];
  field: OwnField;
}

const isPem = /private_?key|certificate/i;

function drawField(provider: Provider, context: FormContext, { name, place, field }: Drawn): ConnectField {
  const { title, doc_section, optional = false, secret: isSecret = false, default_value } = field;
  const docs = context.docsConnect ?? provider.docs_connect;
  const stored = place === 'params' ? context.stored?.[name] : undefined;
  const isStored = !isBlank(stored);
  const value = isStored && !isSecret ? String(stored) : default_value;
  const shown = pick(field, ['description', 'example', 'pattern', 'prefix', 'suffix', 'format', 'enum']);
  return {
    name,
    place,
    ...(title !== undefined && { title }),
    ...shown,
    ...pick(field, ['visible_when', 'warnings']),
    ...(docs !== undefined && doc_section !== undefined && { help: `${docs.replace(/#.*$/, '')}#${doc_section}` }),
    required: !optional && field.visible_when === undefined && !(isSecret && isStored),
    secret: isSecret,
    multiline: isPem.test(name),
    ...(value !== undefined && value !== '' && { value }),
  };
}

const isBlank = (value: unknown) => value === undefined || value === null || value === '';

function pick<T extends object, const K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Pick<T, K>;
}
