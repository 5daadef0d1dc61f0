// A function that remembers its calls, in the form that the `expect` of vitest and jest knows; it needs neither of them.
import type { Undeclared } from './undeclared.ts';

export interface SpyResult {
  type: 'return' | 'throw';
  value: Undeclared;
}

export interface SpyContext {
  calls: Undeclared[][];
  results: SpyResult[];
  /** Of promises, once they are settled. */
  settledResults: { type: 'fulfilled' | 'rejected' | 'incomplete'; value: Undeclared }[];
  contexts: Undeclared[];
  instances: Undeclared[];
  invocationCallOrder: number[];
  readonly lastCall: Undeclared[] | undefined;
}

type Implementation = (...given: Undeclared[]) => Undeclared;

export interface Spy {
  (...given: Undeclared[]): Undeclared;
  readonly _isMockFunction: true;
  readonly mock: SpyContext;
  getMockName(): string;
  mockName(name: string): Spy;
  getMockImplementation(): Implementation | undefined;
  mockImplementation(implementation: Implementation): Spy;
  mockImplementationOnce(implementation: Implementation): Spy;
  mockReturnValue(value: Undeclared): Spy;
  mockReturnValueOnce(value: Undeclared): Spy;
  mockResolvedValue(value: Undeclared): Spy;
  mockResolvedValueOnce(value: Undeclared): Spy;
  mockRejectedValue(error: unknown): Spy;
  mockRejectedValueOnce(error: unknown): Spy;
  /** Forgets the calls. */
  mockClear(): Spy;
  /** Forgets the calls and what it was told to answer. */
  mockReset(): Spy;
  mockRestore(): Spy;
}

let order = 0;

export function createSpy(name: string, original: Implementation = () => undefined): Spy {
  const mock = createContext();
  const once: Implementation[] = [];
  let present = original;
  let shown = name;

  function spy(this: unknown, ...given: Undeclared[]): Undeclared {
    mock.calls.push(given);
    mock.contexts.push(this);
    mock.instances.push(this);
    mock.invocationCallOrder.push(++order);
    try {
      const value = (once.shift() ?? present).apply(this, given);
      mock.results.push({ type: 'return', value });
      noteSettled(mock, value);
      return value;
    } catch (error) {
      mock.results.push({ type: 'throw', value: error });
      throw error;
    }
  }

  const controls: Omit<Spy, '_isMockFunction' | 'mock'> & ThisType<Spy> = {
    getMockName: () => shown,
    mockName: (wanted: string) => chained(() => (shown = wanted)),
    getMockImplementation: () => present,
    mockImplementation: (implementation: Implementation) => chained(() => (present = implementation)),
    mockImplementationOnce: (implementation: Implementation) => chained(() => once.push(implementation)),
    mockReturnValue: (value: Undeclared) => self.mockImplementation(() => value),
    mockReturnValueOnce: (value: Undeclared) => self.mockImplementationOnce(() => value),
    mockResolvedValue: (value: Undeclared) => self.mockImplementation(async () => value),
    mockResolvedValueOnce: (value: Undeclared) => self.mockImplementationOnce(async () => value),
    mockRejectedValue: (error: unknown) => self.mockImplementation(() => Promise.reject(error)),
    mockRejectedValueOnce: (error: unknown) => self.mockImplementationOnce(() => Promise.reject(error)),
    mockClear: () => chained(() => clear(mock)),
    mockReset: () =>
      chained(() => {
        clear(mock);
        once.length = 0;
        present = original;
      }),
    mockRestore: () => self.mockReset(),
  };
  const chained = (effect: () => unknown): Spy => {
    effect();
    return self;
  };
  const self: Spy = Object.assign(spy, controls, { _isMockFunction: true as const, mock });
  return self;
}

function createContext(): SpyContext {
  return {
    calls: [],
    results: [],
    settledResults: [],
    contexts: [],
    instances: [],
    invocationCallOrder: [],
    get lastCall() {
      return this.calls.at(-1);
    },
  };
}

function clear({ calls, results, settledResults, contexts, instances, invocationCallOrder }: SpyContext): void {
  for (const list of [calls, results, settledResults, contexts, instances, invocationCallOrder]) list.length = 0;
}

function noteSettled({ settledResults }: SpyContext, value: unknown): void {
  const result: SpyContext['settledResults'][number] = { type: 'incomplete', value: undefined };
  settledResults.push(result);
  if (!(value instanceof Promise)) Object.assign(result, { type: 'fulfilled', value });
  else
    value.then(
      (settled) => Object.assign(result, { type: 'fulfilled', value: settled }),
      (error) => Object.assign(result, { type: 'rejected', value: error }),
    );
}
