// Bar 2: fourteen scripted attacks on the flow. None may make a connection, send a browser to a host that is not on the list, or
// tell another page anything. After each, an honest flow in the same world still works.
import { createRandom } from '../../simulator/random.ts';
import { createBrowser } from '../e2e/browser.ts';
import { changed, connectHonestly, createOAuthWorld, goToCallback, type OAuthWorld, param } from './oauth-world.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import { openListeners } from './popup-listeners.ts';
import { mangle, mangledRedirects, redirectCorpus } from './redirect-corpus.ts';

interface Damage {
  /** Codes that reached the wrong token endpoint, or were exchanged for the wrong browser. */
  leaked?: number;
  /** `Location` headers to hosts off the list. */
  offList?: number;
  /** Messages for another origin than the stored one. */
  messages?: number;
  /** What else went wrong, in words. */
  said?: string;
}

type Attack = (world: OAuthWorld, tried: Tried) => Promise<Damage>;

/** In the long form each is followed by what chance makes of it. */
interface Tried {
  redirects: readonly string[];
  reserved: readonly string[];
}

const mangledRedirectCount = 1_000;
const mangledNameCount = 200;

export async function oauthAttacks({ seed, long, port }: BarOptions): Promise<Outcome> {
  const random = createRandom(seed);
  const tried: Tried = long
    ? {
        redirects: [...redirectCorpus, ...mangledRedirects(mangledRedirectCount, random)],
        reserved: [...reservedSpellings, ...mangledNames(random)],
      }
    : { redirects: redirectCorpus, reserved: reservedSpellings };
  const world = await createOAuthWorld(port);
  const total = { connections: 0, leaked: 0, offList: 0, messages: 0, broken: 0, controls: 0 };
  try {
    for (const [name, attack] of Object.entries(attacks)) {
      const before = await world.connections();
      const { leaked = 0, offList = 0, messages = 0, said } = await attack(world, tried);
      const made = (await world.connections()) - before;
      world.system.simulator.oauth.reset();
      world.evil.oauth.reset();
      const control = (await connectHonestly(world)).status === 200;
      total.connections += made;
      total.leaked += leaked;
      total.offList += offList;
      total.messages += messages;
      total.broken += said === undefined ? 0 : 1;
      total.controls += control ? 1 : 0;
      const verdict = made + leaked + offList + messages === 0 && said === undefined ? 'repelled' : 'SUCCEEDED';
      console.log(
        `${name}: ${verdict}${said === undefined ? '' : ` (${said})`}; honest flow ${control ? 'works' : 'FAILS'}`,
      );
    }
    const count = Object.keys(attacks).length;
    const figure = renderFigure({
      seed,
      attacks: count,
      redirect_payloads: tried.redirects.length,
      reserved_names: tried.reserved.length,
      connections_created: total.connections,
      codes_leaked: total.leaked,
      off_list_locations: total.offList,
      messages_to_others: total.messages,
      otherwise_broken: total.broken,
      honest_controls: `${total.controls}/${count}`,
    });
    const harm = total.connections + total.leaked + total.offList + total.messages + total.broken;
    return { holds: harm === 0 && total.controls === count, figure };
  } finally {
    await world.end();
  }
}

/** RFC 9700 section 4.4.1: the victim starts at one server, the other gets the code. `shared` has one redirect URI for both. */
async function mixUp(world: OAuthWorld, kind: 'own' | 'shared', victimAt: 'honest' | 'evil'): Promise<Damage> {
  const suffix = kind === 'shared' ? '-shared' : '';
  const [from, to] = victimAt === 'honest' ? ['honest', 'evil'] : ['evil', 'honest'];
  const browser = createBrowser();
  const token = await world.session();
  // The browser holds a flow at `from`; its answer is swapped for one of the other server.
  const mine = await goToCallback(browser, world.startUrl(token, {}, `${from}${suffix}`));
  const other = await goToCallback(createBrowser(), world.startUrl(token, {}, `${to}${suffix}`));
  const code = param(other, 'code');
  const iss = param(other, 'iss');
  const at = victimAt === 'honest' ? world.system.simulator : world.evil;
  const before = at.oauth.log.count();
  await browser.open(changed(mine, { code, iss }));
  return { leaked: at.oauth.log.count() - before };
}

const attacks: Record<string, Attack> = {
  'mix-up, own redirect URIs, victim at the honest server': (world) => mixUp(world, 'own', 'honest'),
  'mix-up, own redirect URIs, victim at the evil server': (world) => mixUp(world, 'own', 'evil'),
  'mix-up, shared redirect URI, victim at the honest server': (world) => mixUp(world, 'shared', 'honest'),
  'mix-up, shared redirect URI, victim at the evil server': (world) => mixUp(world, 'shared', 'evil'),

  async 'an answer whose issuer was cut off'(world) {
    const browser = createBrowser();
    const callback = await goToCallback(browser, world.startUrl(await world.session()));
    const before = world.exchanges();
    await browser.open(changed(callback, { iss: undefined }));
    return { leaked: world.exchanges() - before };
  },

  /** The attacker's code in the victim's flow: the verifier is not the one that the code was made for. */
  async 'code injection'(world) {
    const attacker = await goToCallback(createBrowser(), world.startUrl(await world.session()));
    const victim = createBrowser();
    const callback = await goToCallback(victim, world.startUrl(await world.session()));
    await victim.open(changed(callback, { code: param(attacker, 'code') }));
    return {};
  },

  async 'PKCE downgrade'(world) {
    const wishes = {
      'authorization_params[code_challenge]': 'undefined',
      'authorization_params[code_challenge_method]': 'plain',
    };
    const { location = '' } = await createBrowser().step(world.startUrl(await world.session(), wishes));
    const kept = param(location, 'code_challenge_method') === 'S256' && param(location, 'code_challenge').length === 43;
    return kept ? {} : { said: 'the challenge was changed' };
  },

  async 'reserved parameters'(world, { reserved }) {
    const token = await world.session();
    const said: string[] = [];
    for (const name of reserved) {
      const wish = { [`authorization_params[${name}]`]: 'http://attacker.example' };
      const { location = '' } = await createBrowser().step(world.startUrl(token, wish));
      const { searchParams, origin } = new URL(location);
      const twice = [...searchParams.keys()].some((key, at, all) => all.indexOf(key) !== at);
      const isOurs =
        searchParams.get('redirect_uri')?.startsWith(world.system.url) && searchParams.get('response_type') === 'code';
      const isClean =
        searchParams.get('client_id') === 'sim-client' &&
        !searchParams.has('request') &&
        !searchParams.has('request_uri');
      if (twice || !isOurs || !isClean || origin !== world.system.simulator.url) said.push(name);
    }
    return said.length === 0 ? {} : { said: `changed by ${said.join(', ')}` };
  },

  /** Wherever a URL might be taken: nothing of it may end up in a Location. */
  async 'open redirects'(world, { redirects }) {
    const token = await world.session();
    const listed = [new URL(world.system.url).host, new URL(world.system.simulator.url).host];
    const isListed = (host: string) => listed.includes(host) || host.endsWith('.provider.example');
    let offList = 0;
    const check = (location: string | undefined) => {
      if (location !== undefined && !isListed(new URL(location).host)) offList += 1;
    };
    for (const payload of redirects) {
      const asked = Object.fromEntries(redirectNames.map((name) => [name, payload]));
      check((await createBrowser().step(world.startUrl(token, asked))).location);
      const labelled = world.startUrl(token, { 'params[subdomain]': payload }, 'labelled');
      check((await createBrowser().step(labelled)).location);
      const callback = new URL(`${world.system.url}/oauth/callback`);
      for (const [name, value] of Object.entries({ ...asked, state: payload })) callback.searchParams.set(name, value);
      check((await createBrowser().step(callback.href)).location);
    }
    return { offList };
  },

  async 'a Referer as the way back'(world) {
    const referer = { referer: 'http://attacker.example/page', origin: 'http://attacker.example' };
    const start = world.startUrl(await world.session());
    const begun = await fetch(start, { redirect: 'manual', headers: referer });
    const end = await fetch(`${world.system.url}/oauth/callback?state=x`, { redirect: 'manual', headers: referer });
    const page = await end.text();
    const location = begun.headers.get('location') ?? '';
    const goesAstray = !location.startsWith(world.system.simulator.url) || end.headers.has('location');
    return { offList: goesAstray ? 1 : 0, messages: page.includes('attacker') ? 1 : 0 };
  },

  /** The attacker's own account, finished by the victim's browser. */
  async 'login CSRF'(world) {
    const attackers = await goToCallback(createBrowser(), world.startUrl(await world.session()));
    const victim = createBrowser();
    await goToCallback(victim, world.startUrl(await world.session())); // it has a flow, and a cookie, of its own
    const before = world.exchanges();
    const { status } = await victim.open(attackers);
    return { leaked: world.exchanges() - before, ...(status !== 400 && { said: `answered ${status}` }) };
  },

  async 'a callback that comes twice'(world) {
    const browser = createBrowser();
    const start = world.startUrl(await world.session());
    const callback = await goToCallback(browser, start);
    const cookies = [...browser.cookies].flatMap(([, jar]) => [...jar]);
    await browser.open(callback);
    const made = await world.connections();
    const before = world.exchanges();
    const cookie = cookies.map(([name, value]) => `${name}=${value}`).join('; ');
    const { status } = await fetch(callback, { headers: { cookie }, redirect: 'manual' });
    const again = (await world.connections()) - made;
    await removeNewest(world); // the first, honest one
    return { leaked: world.exchanges() - before, ...((status !== 400 || again > 0) && { said: `answered ${status}` }) };
  },

  async 'the callback of another integration'(world) {
    const browser = createBrowser();
    const token = await world.session();
    const mine = await goToCallback(browser, world.startUrl(token));
    const other = await goToCallback(createBrowser(), world.startUrl(token, {}, 'evil'));
    const before = world.exchanges();
    await browser.open(`${new URL(other).origin}${new URL(other).pathname}${new URL(mine).search}`);
    return { leaked: world.exchanges() - before };
  },

  /** In a real browser; the flow names the attacker's page as its opener, which is on no list. */
  async 'the popup’s page and an opener from elsewhere'(world) {
    const listeners = await openListeners(world);
    try {
      const wish = { opener_origin: listeners.attackerOrigin };
      const denying = { ...wish, 'authorization_params[auto]': 'deny' };
      const heard = [];
      for (const opener of ['attacker', 'own'] as const) {
        for (const query of [wish, denying])
          heard.push({ opener, ...(await listeners.listen(opener, world.startUrl(await world.session(), query))) });
        await removeNewest(world); // the session was the listener's own: it may connect
      }
      const messages = heard.flatMap(({ messages: told, opener }) => told.map((message) => ({ opener, message })));
      const astray = messages.filter(({ opener }) => opener === 'attacker');
      const secrets = messages.filter(({ message }) => /at_|rt_|ac_|session_|eyJ/.test(JSON.stringify(message)));
      const own = heard.filter(({ opener, messages: told }) => opener === 'own' && told.length > 0);
      const ends = heard.map(({ heading }) => heading).join();
      const isOdd = own.length < 2 || ends !== 'Connected,Not connected,Connected,Not connected';
      return {
        messages: astray.length + secrets.length,
        ...(isOdd && { said: `its own opener heard little: ${ends}` }),
      };
    } finally {
      await listeners.close();
    }
  },
};

const reservedSpellings = [
  'state',
  'redirect_uri',
  'client_id',
  'response_type',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'request',
  'request_uri',
  'State',
  'REDIRECT_URI',
  'redirect_uri ',
  ' redirect_uri',
  'redirect_uri[]',
  'redirect%5Furi',
  'redirect_uri\u0000',
  'response_type&redirect_uri',
  '__proto__',
];

const mangledNames = (random: () => number): string[] =>
  Array.from({ length: mangledNameCount }, (_, at) =>
    mangle(reservedSpellings[at % reservedSpellings.length]!, random),
  );

const redirectNames = [
  'redirect_uri',
  'redirect',
  'return_to',
  'next',
  'callback_url',
  'opener_origin',
  'params[callback]',
];

async function removeNewest({ system: { api } }: OAuthWorld): Promise<void> {
  const { connections } = await api.ok<{ connections: { connection_id: string; provider_config_key: string }[] }>(
    'GET',
    '/connections',
    { query: { limit: '1' } },
  );
  const [{ connection_id, provider_config_key } = { connection_id: '', provider_config_key: '' }] = connections;
  await api.ok('DELETE', `/connections/${connection_id}`, { query: { provider_config_key } });
}
