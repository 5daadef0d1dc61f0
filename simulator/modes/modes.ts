// The provider's side of the auth modes that are not OAuth 2: what it trusts, and its routes under /modes.

import type { OAuthServer } from '../oauth/server.ts';
import type { ApiRequest, Handler } from '../reply.ts';
import { failure } from '../reply.ts';
import { createAws } from './aws.ts';
import { createBill } from './bill.ts';
import { createGithubApp } from './github-app.ts';
import { createJwtApi, type TrustedKey } from './jwt.ts';
import { createLogin } from './login.ts';
import { createMcp } from './mcp.ts';
import { createOAuth1 } from './oauth1.ts';
import { createWsse } from './wsse.ts';

/** Whom and what it lets in; a test changes it as it likes. */
export interface Trusted {
  login: { username: string; password: string };
  keys: TrustedKey[];
  /** `ofUser`: those that whoever consents may use. */
  app: { id: string; installations: string[]; ofUser: string[] };
  /** Without `externalId` any will do. */
  aws: { accessKeyId: string; secretAccessKey: string; roleArn: string; externalId?: string };
  oauth1: { clientId: string; clientSecret: string };
  tba: { token: string; secret: string; account: string };
}

const defaults = (): Trusted => ({
  login: { username: 'sim-user', password: 'sim-password' },
  keys: [],
  app: { id: '4711', installations: ['1'], ofUser: ['1'] },
  aws: {
    accessKeyId: 'AKIASIMULATOR000000',
    secretAccessKey: 'sim-aws-secret',
    roleArn: 'arn:aws:iam::123456789012:role/Simulator',
  },
  oauth1: { clientId: 'sim-client', clientSecret: 'sim-secret' },
  tba: { token: 'sim-token', secret: 'sim-token-secret', account: '1234567_SB1' },
});

export interface ModeRoutes {
  /** `METHOD /path`; a `*` stands for any text. */
  routes: Record<string, Handler>;
  expire?(): void;
  clear?(): void;
}

export type Modes = ReturnType<typeof createModes>;

export function createModes(oauth: OAuthServer) {
  const trusted = defaults();
  const login = createLogin(trusted);
  const parts: ModeRoutes[] = [
    login,
    createJwtApi(trusted),
    createBill(trusted),
    createGithubApp(trusted, oauth),
    createAws(trusted),
    createOAuth1(trusted),
    createWsse(trusted),
    createMcp(oauth),
  ];
  const routes = parts.flatMap((part) => Object.entries(part.routes)).map(([key, handler]) => toRoute(key, handler));

  return {
    trusted,
    /** Of the logins: their life can be set. */
    logins: login.tokens,
    /** Their own lock, so nobody is asked for a key first. */
    findRoute(path: string): Handler | undefined {
      const here = routes.filter(({ pattern }) => pattern.test(path));
      if (here.length === 0) return undefined;
      return (request: ApiRequest) =>
        here.find(({ method }) => method === request.method)?.handler(request) ??
        failure(405, 'wrong_method', `No ${request.method} here.`);
    },
    /** Whatever was given out is over. */
    expire(): void {
      for (const part of parts) part.expire?.();
    },
    reset(): void {
      Object.assign(trusted, defaults());
      for (const part of parts) part.clear?.();
    },
  };
}

function toRoute(key: string, handler: Handler) {
  const [method = '', path = ''] = key.split(' ');
  const source = path
    .split('*')
    .map((text) => text.replace(/[.+?^$()[\]{}|\\]/g, '\\$&'))
    .join('.*');
  return { method, pattern: new RegExp(`^${source}$`), handler };
}
