// What playing one pair works with: the instance, the corpus, the fake, and the connection in hand.
import type { Api } from './api.ts';
import type { Corpus, Fake, FakeSession, Fixture, Mode, Pair } from './corpus.ts';

export interface Bench {
  api: Api;
  corpus: Corpus;
  fake: Fake;
  mode: Mode;
  /** Of one run. */
  timeoutMs: number;
  /** Decide about deletes that the guard holds, as a person would. */
  confirmDeletes: boolean;
}

export interface Step {
  bench: Bench;
  pair: Pair;
  fixture: Fixture;
  connectionId: string;
  session: FakeSession;
  /** Filled with the models whose deletes were confirmed. */
  confirmed: string[];
}
