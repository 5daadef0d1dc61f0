// One of each kind of credential, full of canaries. The simulator is told of those that it has to let in.
import { createPublicKey } from 'node:crypto';
import { createMtlsServer, type Simulator } from '../../simulator/index.ts';

export interface Asked {
  simulator: Simulator;
  /** Of the instance. */
  url: string;
  /** A new canary of this kind. */
  secret(name: string): string;
  /** A real key of RSA, which is looked for as well. */
  privateKey(name: string): string;
  /** Looks for one that is there already. */
  add(name: string, secret: string): void;
}

export interface Kind {
  /** Of the developer's app, in `credentials` of the integration. */
  app?: Record<string, unknown>;
  integrationConfig?: Record<string, string>;
  /** `credentials` of an import. */
  imported?: Record<string, unknown>;
  config?: Record<string, string>;
  /** What a person enters in the connect page. */
  form?: { endpoint: string; body: object };
  /** A person can go through the popup; with these parameters of its start. */
  popup?: Record<string, string>;
}

const past = new Date(Date.now() - 60_000).toISOString();
const consent = { 'authorization_params[auto]': '1' };
const roleArn = 'arn:aws:iam::123456789012:role/Simulator';

/** The developer's client, known to the server. */
function client(type: string, { simulator, secret }: Asked) {
  const client_secret = secret('client secret');
  const others = simulator.oauth.options.clients.filter(({ clientId }) => clientId !== 'sim-client');
  simulator.oauth.set({ clients: [...others, { clientId: 'sim-client', clientSecret: client_secret }] });
  simulator.modes.trusted.oauth1 = { clientId: 'sim-client', clientSecret: client_secret };
  return { type, client_id: 'sim-client', client_secret };
}

/** A person's account, known to all of the simulator's logins. */
function account({ simulator, secret }: Asked) {
  const login = { username: 'sim-user', password: secret('password') };
  simulator.modes.trusted.login = login;
  simulator.auth.basic = login;
  return login;
}

function installed({ simulator, url, privateKey }: Asked, returnTo: string) {
  const private_key = privateKey('private key');
  // The first for whoever comes by the popup, the other for the import.
  simulator.modes.trusted.app = { id: '4711', installations: ['2', '1'], ofUser: ['2', '1'] };
  simulator.modes.trusted.keys = [{ algorithm: 'RS256', key: publicKeyOf(private_key) }];
  const app_link = `${simulator.url}/modes/app/install?to=${encodeURIComponent(url + returnTo)}`;
  return { app_id: '4711', app_link, private_key };
}

const publicKeyOf = (privateKey: string) =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();

export const kinds: Readonly<Record<string, (asked: Asked) => Kind>> = {
  'simulator-api-key'({ simulator, secret }) {
    const [apiKey, entered] = [secret('imported key'), secret('entered key')];
    simulator.auth.apiKeys = [...simulator.auth.apiKeys, apiKey, entered];
    const form = { endpoint: '/api-auth/api-key', body: { apiKey: entered } };
    return { imported: { type: 'API_KEY', apiKey }, form };
  },
  'sim-basic'(asked) {
    const login = account(asked);
    return { imported: { type: 'BASIC', ...login }, form: { endpoint: '/api-auth/basic', body: login } };
  },
  simulator(asked) {
    const { secret } = asked;
    const access_token = secret('access token');
    const imported = { type: 'OAUTH2', access_token, refresh_token: secret('refresh token'), expires_at: past };
    return { app: client('OAUTH2', asked), imported, popup: consent };
  },
  'sim-cc'(asked) {
    const { type: _, ...own } = client('OAUTH2_CC', asked);
    const imported = { type: 'OAUTH2_CC', token: asked.secret('token'), ...own, expires_at: past };
    return { imported, form: { endpoint: '/oauth2/auth', body: own } };
  },
  'sim-mtls'({ secret, add }) {
    const { certificate, privateKey } = createMtlsServer().issueClient('acme');
    add('client key', privateKey);
    const own = { client_id: 'acme', client_secret: secret('client secret') };
    const pair = { client_certificate: certificate, client_private_key: privateKey };
    return { imported: { type: 'OAUTH2_CC', token: secret('token'), ...own, ...pair, expires_at: past } };
  },
  'sim-oauth1'(asked) {
    const { secret } = asked;
    const imported = { type: 'OAUTH1', oauth_token: secret('token'), oauth_token_secret: secret('token secret') };
    return { app: client('OAUTH1', asked), imported, popup: {} };
  },
  'sim-tba'(asked) {
    const app = client('TBA', asked);
    const own = { token_id: asked.secret('token id'), token_secret: asked.secret('token secret') };
    asked.simulator.modes.trusted.tba = { token: own.token_id, secret: own.token_secret, account: '1234567_SB1' };
    const form = { endpoint: '/auth/tba', body: own };
    return { app, imported: { type: 'TBA', ...own }, form, config: { accountId: '1234567-sb1' } };
  },
  'sim-jwt'({ simulator, secret, privateKey }) {
    const key = privateKey('private key');
    simulator.modes.trusted.keys = [{ algorithm: 'RS256', key: publicKeyOf(key) }];
    const imported = { type: 'JWT', token: secret('token'), issuer: 'acme', privateKey: key, expires_at: past };
    return { imported, form: { endpoint: '/auth/jwt', body: { issuer: 'acme', privateKey: key } } };
  },
  'sim-signature'(asked) {
    const login = account(asked);
    const imported = { type: 'SIGNATURE', token: asked.secret('token'), ...login };
    return { imported, form: { endpoint: '/auth/signature', body: login } };
  },
  'sim-two-step'(asked) {
    const login = account(asked);
    const tokens = { token: asked.secret('token'), refresh_token: asked.secret('refresh token'), expires_at: past };
    return { imported: { type: 'TWO_STEP', ...tokens, ...login }, form: { endpoint: '/auth/two-step', body: login } };
  },
  'sim-bill'(asked) {
    const own = { ...account(asked), organization_id: '008ORG', dev_key: asked.secret('developer key') };
    const imported = { type: 'BILL', ...own, session_id: asked.secret('session'), user_id: '006USER' };
    return { imported, form: { endpoint: '/auth/bill', body: own } };
  },
  'sim-aws'({ simulator, secret }) {
    const { trusted } = simulator.modes;
    trusted.aws = { ...trusted.aws, secretAccessKey: secret('our secret key') };
    const integrationConfig = {
      service: 'things',
      stsMode: 'builtin',
      awsAccessKeyId: trusted.aws.accessKeyId,
      awsSecretAccessKey: trusted.aws.secretAccessKey,
      stsEndpointUrl: `${simulator.url}/modes/aws/sts`,
    };
    const role = { role_arn: roleArn, region: 'eu-central-1' };
    const keys = { secret_access_key: secret('secret key'), session_token: secret('session token') };
    const imported = { type: 'AWS_SIGV4', ...role, service: 'things', access_key_id: 'ASIA0000000000000000', ...keys };
    return { integrationConfig, imported, form: { endpoint: '/auth/aws-sigv4', body: role } };
  },
  'sim-app'(asked) {
    const app = { type: 'APP', ...installed(asked, '/app-auth/connect') };
    return { app, imported: { type: 'APP', app_id: '4711', installation_id: '1' }, popup: {} };
  },
  'sim-custom'(asked) {
    const app = { ...client('CUSTOM', asked), ...installed(asked, '/app-auth/connect') };
    return { app, imported: { type: 'CUSTOM', app_id: '4711', installation_id: '1' }, popup: consent };
  },
  'sim-plugin'(asked) {
    const login = account(asked);
    const { app_link } = installed(asked, '/oauth/callback');
    return { app: { type: 'INSTALL_PLUGIN', app_link, ...login }, imported: { type: 'BASIC', ...login }, popup: {} };
  },
  'sim-mcp'({ secret }) {
    const tokens = { access_token: secret('access token'), refresh_token: secret('refresh token') };
    const config_override = { client_id: 'own-client', client_secret: secret('client secret') };
    return { imported: { type: 'OAUTH2', ...tokens, config_override, expires_at: past }, popup: consent };
  },
  'sim-mcp-generic'({ simulator }) {
    return { config: { mcp_server_url: `${simulator.url}/modes/mcp` }, popup: consent };
  },
};
