// A login as BILL has it: JSON in, a session id out, which goes into a header together with the developer key.
import { type ApiRequest, json, parseJsonObject, type Reply } from '../reply.ts';
import type { ModeRoutes, Trusted } from './modes.ts';
import { createTokens } from './tokens.ts';

export function createBill(trusted: Trusted): ModeRoutes {
  const sessions = createTokens('bs');

  function logIn({ body }: ApiRequest): Reply {
    const { username, password, organizationId, devKey } = parseJsonObject(body);
    const { login } = trusted;
    if (username !== login.username || password !== login.password || typeof devKey !== 'string') {
      return json(401, [{ code: 'BDC_1101', message: 'Invalid credentials.' }]);
    }
    return json(200, { sessionId: sessions.issue({ organizationId, devKey }), organizationId, userId: '006USER' });
  }

  function me({ headers }: ApiRequest): Reply {
    const holder = sessions.find(String(headers['sessionid'] ?? ''));
    if (!holder || holder['devKey'] !== headers['devkey'])
      return json(401, [{ code: 'BDC_1109', message: 'Session is invalid.' }]);
    return json(200, { organizationId: holder['organizationId'] });
  }

  return {
    routes: { 'POST /modes/bill/login': logIn, 'GET /modes/bill/me': me },
    expire: sessions.expire,
    clear: sessions.clear,
  };
}
