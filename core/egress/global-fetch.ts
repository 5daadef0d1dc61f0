// Puts every `fetch` of this process behind the guard, libraries' too: no redirects, time and byte caps, one hook for raw answers.
import { getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import type { Egress } from './egress.ts';
import { fetchContext } from './fetch-context.ts';
import { tooLarge } from './network-error.ts';

const maxBytes = 50_000_000;
const totalMs = 120_000;

/** @returns a function that puts back what was there. */
export function installGlobalFetch(egress: Egress): () => void {
  const before = { fetch: globalThis.fetch, dispatcher: getGlobalDispatcher() };
  setGlobalDispatcher(egress.dispatcher); // Node's own fetch obeys it, and so does code that kept a reference to it
  globalThis.fetch = async function guardedFetch(input, init) {
    const given = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const deadline = AbortSignal.timeout(totalMs);
    const signal = given ? AbortSignal.any([given, deadline]) : deadline;
    const ours = { redirect: 'manual', signal, dispatcher: undefined } as const;
    const answer = await before.fetch(input, { ...init, ...ours } as RequestInit);
    const bytes = await readCapped(answer);
    await fetchContext()?.onRawAnswer?.({ status: answer.status, headers: answer.headers, bytes });
    const { status, statusText, headers } = answer;
    const bodyless = status === 204 || status === 205 || status === 304;
    return new Response(bodyless ? null : bytes, { status, statusText, headers });
  };
  return () => {
    globalThis.fetch = before.fetch;
    setGlobalDispatcher(before.dispatcher);
  };
}

async function readCapped(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
