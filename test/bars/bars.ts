// The bars: each attacks one promise. Those without `load` are still to be written.
import type { Bar } from './outcome.ts';

export interface Entry {
  id: string;
  /** It holds when. */
  holds: string;
  load?: () => Promise<Bar>;
}

/** The driver must be mended before anything loads it. */
const withDriver = async <T>(load: () => Promise<T>): Promise<T> => {
  await import('../../core/db/driver-patch.ts');
  return load();
};

export const bars: readonly Entry[] = [
  {
    id: 'oauth.state',
    holds: 'no state twice, one exchange however many callbacks',
    load: async () => (await import('./oauth-state.ts')).oauthState,
  },
  {
    id: 'oauth.attacks',
    holds: 'no connection made and nothing sent elsewhere by 14 scripted attacks',
    load: async () => (await import('./oauth-attacks.ts')).oauthAttacks,
  },
  {
    id: 'leak.canary',
    holds: 'no secret outside of ciphertext',
    load: async () => (await import('./leak-canary.ts')).leakCanary,
  },
  {
    id: 'apikey',
    holds: 'no key in plain text, scopes as the route table says, a flood of bad keys slows nobody',
    load: async () => (await withDriver(() => import('./apikey.ts'))).apikey,
  },
  {
    id: 'crypto',
    holds: 'no swapped or altered ciphertext is accepted',
    load: async () => (await withDriver(() => import('./crypto.ts'))).crypto,
  },
  {
    id: 'crypto.rekey',
    holds: 'keys rotate under readers without a failed read',
    load: async () => (await withDriver(() => import('./crypto-rekey.ts'))).cryptoRekey,
  },
  { id: 'egress', holds: 'no private address is reached by any spelling' },
  { id: 'egress.only', holds: 'only core/egress opens sockets to the outside' },
  { id: 'proxy.creds', holds: 'no credential crosses an origin' },
  { id: 'proxy.wire', holds: 'no smuggled request, no escape from the path, bounded memory' },
  {
    id: 'tenant',
    holds: 'nothing of another environment by any route or table',
    load: async () => (await withDriver(() => import('./tenant.ts'))).tenant,
  },
  { id: 'bombs', holds: 'every bomb is a 4xx, memory and event loop stay bounded' },
  {
    id: 'sandbox',
    holds: 'no escape, neighbours unharmed, ended in time',
    load: async () => (await import('./sandbox.ts')).sandbox,
  },
  { id: 'dash', holds: 'no script injected, no forged change, strict policy' },
  { id: 'hook.verify', holds: 'no forged webhook accepted, no good one refused' },
  {
    id: 'supply',
    holds: 'listed install scripts only, integrity everywhere, licences allowed, <= 60 direct dependencies',
    load: async () => (await import('./supply.ts')).supply,
  },
  { id: 'cursor.race', holds: 'no row lost or twice for readers beside 8 writers' },
  { id: 'cursor.epoch', holds: 'nothing silently skipped after a failover or restore' },
  {
    id: 'page.kill',
    holds: 'lost 0, twice 0, replica differs in 0, change numbers = real changes',
    load: async () => (await import('./page-kill.ts')).pageKill,
  },
  { id: 'pg.kill', holds: 'nothing acknowledged is lost when Postgres is killed' },
  {
    id: 'refresh.flight',
    holds: 'one token request a connection, none lost, none older over newer',
    load: async () => (await withDriver(() => import('./refresh-flight.ts'))).refreshFlight,
  },
  {
    id: 'refresh.crash',
    holds: 'no refresh token lost whose answer reached us',
    load: async () => (await withDriver(() => import('./refresh-crash.ts'))).refreshCrash,
  },
  { id: 'delete.safety', holds: 'no false delete, true ones found within two runs' },
  { id: 'hookin.nolost', holds: 'every 2xx has exactly one effect' },
  { id: 'hookout.nolost', holds: 'every event delivered, under one id, past dead endpoints' },
  { id: 'upstream.faults', holds: 'no run succeeds with wrong data, no retry too early or for ever' },
  { id: 'temporal.down', holds: 'other routes unharmed, no run lost, all back within 60 s' },
  { id: 'deploy.midrun', holds: 'no run of mixed versions, no non-determinism' },
  { id: 'fair.bounded', holds: 'a flood slows the others at most twofold, memory bounded' },
  { id: 'model', holds: 'no counterexample to the model of the whole' },
  {
    id: 'worker.resume',
    holds: 'a killed run begins again within 10 s and asks nothing of the provider twice',
    load: async () => (await import('./worker-resume.ts')).workerResume,
  },
];
