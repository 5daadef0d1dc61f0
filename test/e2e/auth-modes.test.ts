// Every auth mode with a form, through a real instance and the simulator: connect by its endpoint, use by the proxy, renew,
// reconnect, delete; and what a person reads who enters something wrong.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthLab, openAuthLab, refusedBy } from './auth-lab.ts';
import { type Mode, modes, mtls } from './auth-mode-table.ts';

let lab: AuthLab;

beforeAll(async () => {
  lab = await openAuthLab('auth-modes');
});
afterAll(() => lab?.end());
beforeEach(() => lab.reset());

const usedStatus = (mode: Mode) => (mode.provider === 'sim-none' ? 401 : 200);

describe.each(modes.map((mode) => [mode.provider, mode] as const))('%s', (_name, mode) => {
  it('is connected by its endpoint, used by the proxy, and shown as it is', async () => {
    const id = await lab.connect(mode);
    const answer = await lab.use(mode, id);
    expect(answer).toMatchObject({ status: usedStatus(mode), body: mode.sees });
    const { credentials } = await lab.read(mode.provider, id);
    expect(credentials).toMatchObject(mode.stored);
    expect(credentials).not.toHaveProperty('assertionOption'); // used once, never stored
  });

  it('is reconnected under the same id, with its metadata, and deleted', async () => {
    const id = await lab.connect(mode);
    const key = { provider_config_key: mode.provider };
    await lab.system.api.ok('POST', '/connections/metadata', {
      body: { connection_id: id, ...key, metadata: { kept: true } },
    });
    const again = await lab.connect(mode, { session: await lab.sessionFor(mode.provider, id), params: {} });
    expect(again).toBe(id);
    expect(await lab.use(mode, id)).toMatchObject({ status: usedStatus(mode), body: mode.sees });
    expect((await lab.read(mode.provider, id)).metadata).toEqual({ kept: true });
    await lab.system.api.ok('DELETE', `/connections/${id}`, { query: key });
    expect((await lab.system.api.call('GET', `/connections/${id}`, { query: key })).status).toBe(404);
  });

  if (mode.renews !== undefined) {
    it('is renewed when asked for, and when the provider says that its token is over', async () => {
      const id = await lab.connect(mode);
      const before = await lab.read(mode.provider, id);
      const forced = await lab.read(mode.provider, id, { force_refresh: 'true' });
      expect(forced.credentials[mode.renews!]).not.toBe(before.credentials[mode.renews!]);
      if (mode.provider === 'sim-mtls') mtls.tokens.expire();
      else if (mode.provider === 'sim-cc') lab.system.simulator.oauth.grants.expireAccessTokens();
      else lab.system.simulator.modes.expire();
      const answer = await lab.use(mode, id);
      // AWS says 403 to a token that is over: nothing renews on that.
      if (mode.provider !== 'sim-aws') expect(answer).toMatchObject({ status: 200, body: mode.sees });
    });
  }

  it.each(mode.wrong.map((wrong) => [wrong.code, wrong.path?.join('.') ?? '', wrong] as const))(
    'says %s %s',
    async (_code, _path, { body, code, path, says }) => {
      const answer = await lab.send(mode, { body: body() });
      const refused = refusedBy(answer);
      expect([refused.status, refused.code], JSON.stringify(answer.body)).toEqual([400, code]);
      const message = expect.stringMatching(says);
      if (path) expect(refused.errors).toContainEqual(expect.objectContaining({ path, message }));
      else expect(refused.message).toEqual(message);
    },
  );
});
