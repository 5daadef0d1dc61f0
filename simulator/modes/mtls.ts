// A token endpoint and an API behind mutual TLS (RFC 8705), on a port of their own: client credentials for whoever shows a
// certificate of this authority, and tokens that only its holder can use.
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { readBody } from '../read-body.ts';
import { createAuthority } from './certificates.ts';
import { createTokens } from './tokens.ts';

export type MtlsServer = ReturnType<typeof createMtlsServer>;

/** @example const { certificate, privateKey } = server.issueClient('acme'); */
/** @param authorityKey of createAuthority */
export function createMtlsServer({ authorityKey }: { authorityKey?: string | undefined } = {}) {
  const authority = createAuthority('Simulator CA', authorityKey);
  const tokens = createTokens();
  const { certificate: cert, privateKey: key } = authority.issue('simulator', 'server');
  const options = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
  let url = '';

  const server = createServer(options, (incoming, response) => {
    void answer(incoming).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  async function answer(incoming: IncomingMessage): Promise<{ status: number; body: object }> {
    const holder = (incoming.socket as TLSSocket).getPeerCertificate().fingerprint256;
    if (incoming.url === '/token') {
      const form = new URLSearchParams((await readBody(incoming))?.toString());
      if (form.get('grant_type') !== 'client_credentials')
        return { status: 400, body: { error: 'unsupported_grant_type' } };
      const token = tokens.issue({ holder, client: form.get('client_id') });
      return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: tokens.ttlSeconds } };
    }
    const bearer = /^Bearer (\S+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
    const known = tokens.find(bearer);
    if (!known || known['holder'] !== holder) return { status: 401, body: { error: 'invalid_token' } };
    return { status: 200, body: { client: known['client'], path: incoming.url } };
  }

  return {
    /** PEM: whoever calls has to trust it. */
    authority: authority.certificate,
    tokens,
    issueClient: (name: string) => authority.issue(name, 'client'),
    get url(): string {
      return url;
    },
    async listen(port = 0): Promise<string> {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return url;
    },
    async close(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
