// What a `fetch` deep inside a library is part of. Travels with the async call, because no library passes it on.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RawAnswer {
  status: number;
  headers: Headers;
  /** Decoded, as a parser would see them. */
  bytes: Uint8Array<ArrayBuffer>;
}

export interface FetchContext {
  purpose: string;
  /** The connection's id, for the test hook. */
  session?: string;
  /** Awaited before the caller sees the answer: a token response is journalled here before a library parses it. */
  onRawAnswer?: (answer: RawAnswer) => Promise<void>;
}

const contexts = new AsyncLocalStorage<FetchContext>();

/** Everything that `run` fetches happens in this context. */
export function withFetchContext<T>(context: FetchContext, run: () => Promise<T>): Promise<T> {
  return contexts.run(context, run);
}

export function fetchContext(): FetchContext | undefined {
  return contexts.getStore();
}
