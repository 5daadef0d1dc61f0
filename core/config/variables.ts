// Every environment variable of the server, as data: boot errors, docs and docker-compose are checked against this list.

export interface Variable {
  name: string;
  /** In words where it is computed; empty when there is none. */
  default: string;
  doc: string;
  /** What to do when the value is refused: the last column of the error table. */
  fix: string;
  /** Its value never appears in a message. */
  secret?: true;
  /** Set by the supervisor for its children; not for people. */
  internal?: true;
}

export const variables = [
  {
    name: 'SYNCLINE_PORT',
    default: '3003',
    doc: 'Port of the API, the dashboard and the connect page.',
    fix: 'Give a free port, such as 3003.',
  },
  {
    name: 'SYNCLINE_HOST',
    default: '127.0.0.1',
    doc: 'Address to listen on; 0.0.0.0 for every interface.',
    fix: 'Give an IP address or a host name of this machine.',
  },
  {
    name: 'SYNCLINE_DATA',
    default: '.syncline',
    doc: 'Folder of the embedded database, the keys and instance.json.',
    fix: 'Give a folder that this user may write to.',
  },
  {
    name: 'SYNCLINE_PUBLIC_URL',
    default: 'from SYNCLINE_HOST and SYNCLINE_PORT',
    doc: 'URL under which browsers and providers reach this server: OAuth redirects and webhook addresses begin with it.',
    fix: 'Give an http or https URL without query, such as https://syncline.example.com.',
  },
  {
    name: 'SYNCLINE_ENCRYPTION_KEY',
    default: 'made by `npm start`, kept in SYNCLINE_DATA',
    doc: 'Base64 of 32 bytes; encrypts everything secret. A comma list: the first encrypts, the others only decrypt.',
    fix: 'Make one with `openssl rand -base64 32` and keep it: what it encrypted cannot be read without it.',
    secret: true,
  },
  {
    name: 'SYNCLINE_DEMO',
    default: '1, in production 0',
    doc: 'Start the simulator and a demo integration whose first sync runs at once.',
    fix: 'Give 1 or 0.',
  },
  {
    name: 'SYNCLINE_ENV',
    default: 'development',
    doc: '`development`, `production` or `test`.',
    fix: 'Give development, production or test.',
  },
  {
    name: 'SYNCLINE_SECRET_KEY_DEV',
    default: 'made at the first start',
    doc: 'The first API key of the environment `dev`; a UUID v4 is allowed.',
    fix: 'Give a UUID v4, or a key that Syncline made (sl_…).',
    secret: true,
  },
  {
    name: 'SYNCLINE_SECRET_KEY_PROD',
    default: 'made at the first start',
    doc: 'The first API key of the environment `prod`; a UUID v4 is allowed.',
    fix: 'Give a UUID v4, or a key that Syncline made (sl_…).',
    secret: true,
  },
  {
    name: 'SYNCLINE_ALLOW_EGRESS',
    default: '',
    doc: 'Comma list of host:port or CIDR that outbound requests may reach although the address is private.',
    fix: 'Give entries such as 127.0.0.1:8080, crm.internal:443 or 10.1.0.0/16, separated by commas.',
  },
  {
    name: 'SYNCLINE_EGRESS_TO',
    default: '',
    doc: 'Only with SYNCLINE_ENV=test: every outbound request goes to this origin.',
    fix: 'Unset it, or set SYNCLINE_ENV=test and give an origin such as http://127.0.0.1:9000.',
  },
  {
    name: 'SYNCLINE_PROVIDERS',
    default: '',
    doc: 'Folder of further provider entries (YAML), laid over the catalogue.',
    fix: 'Give a folder that exists.',
  },
  {
    name: 'DATABASE_URL',
    default: 'the embedded Postgres',
    doc: 'Postgres 15 or later; the user must own the database and be allowed to create roles.',
    fix: 'Give a URL such as postgres://user:password@host:5432/syncline.',
    secret: true,
  },
  {
    name: 'TEMPORAL_ADDRESS',
    default: 'the embedded Temporal',
    doc: 'host:port of a Temporal frontend.',
    fix: 'Give host:port, such as temporal:7233.',
  },
  {
    name: 'TEMPORAL_NAMESPACE',
    default: 'syncline',
    doc: 'Temporal namespace of this installation.',
    fix: 'Give 2 to 200 letters, digits, dots, - or _.',
  },
  {
    name: 'SYNCLINE_ROLES',
    default: 'api,worker',
    doc: 'What `npm start` runs here: `api`, `worker` or both.',
    fix: 'Give api, worker or api,worker.',
  },
  {
    name: 'SYNCLINE_LOG',
    default: 'people',
    doc: '`people` for a terminal, `json` for a log collector (one object a line).',
    fix: 'Give people or json.',
  },
  {
    name: 'SYNCLINE_GUESTS',
    default: 'the number of cores',
    doc: 'Functions that one worker runs at once, each in a process of its own; the API runs four times as many actions.',
    fix: 'Give a whole number from 1 to 256.',
  },
  {
    name: 'SYNCLINE_GUEST_HEAP_MB',
    default: '512',
    doc: 'Memory that one function may use for its objects, in MB; 256 MB more for buffers.',
    fix: 'Give a whole number from 64 to 16384.',
  },
  {
    name: 'SYNCLINE_TEMPORAL_UI_URL',
    default: 'the embedded UI',
    doc: "URL of Temporal's UI, for links from runs.",
    fix: 'Give an http or https URL.',
    internal: true,
  },
  {
    name: 'SYNCLINE_EMBEDDED',
    default: '0',
    doc: 'The process is a child of `npm start` and hands its first keys over by message.',
    fix: 'Unset it.',
    internal: true,
  },
  {
    name: 'SYNCLINE_WORKFLOW_BUNDLE',
    default: '',
    doc: 'Path of the built workflow bundle that the worker loads.',
    fix: 'Give the file that `node embedded/bundle-workflows.ts FILE` writes.',
    internal: true,
  },
  {
    name: 'SYNCLINE_SIMULATOR_PORT',
    default: 'a free port',
    doc: 'Port of the simulator.',
    fix: 'Unset it.',
    internal: true,
  },
  {
    name: 'SYNCLINE_STALL_MS',
    default: '600000',
    doc: 'A sync that asks nothing of its host for so long is ended; shorter in tests.',
    fix: 'Give a whole number from 100 to 3600000.',
    internal: true,
  },
  {
    name: 'SYNCLINE_ACTION_MS',
    default: '900000',
    doc: 'An action that runs longer is ended; shorter in tests.',
    fix: 'Give a whole number from 100 to 3600000.',
    internal: true,
  },
] as const satisfies readonly Variable[];

export type VariableName = (typeof variables)[number]['name'];

export const variable = (name: VariableName): Variable => variables.find((entry) => entry.name === name)!;
