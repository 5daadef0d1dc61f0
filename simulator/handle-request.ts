// The way of every request: fault chosen, caller known, rate counted, handler asked, answer spoilt, sent, logged.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AuthOptions, authenticate, type Caller } from './authenticate.ts';
import type { EarlyRequests } from './early-requests.ts';
import { bodyDelivery, distortBody, replaceReply } from './faults/distort-body.ts';
import type { ChosenFault, FaultScript } from './faults/script.ts';
import { sendReply } from './faults/send-reply.ts';
import { waitUnlessGone } from './faults/wait-unless-gone.ts';
import type { Modes } from './modes/modes.ts';
import type { OAuthServer } from './oauth/server.ts';
import type { RateLimit } from './rate-limit.ts';
import { readBody } from './read-body.ts';
import { type ApiRequest, failure, type Reply } from './reply.ts';
import type { RequestLog } from './request-log.ts';
import { type Routes, streamedPaths } from './routes.ts';
import type { ServedLog } from './served-log.ts';

export interface World {
  auth: () => AuthOptions;
  oauth: OAuthServer;
  modes: Modes;
  faults: FaultScript;
  rateLimit: RateLimit;
  early: EarlyRequests;
  served: ServedLog;
  requests: RequestLog | undefined;
  routes: Routes;
  refuse(ms: number): void;
}

const nobody: Caller = { kind: 'none', key: 'none' };
const noFault: ChosenFault = { name: '', fault: {} };

export function createHandleRequest(world: World) {
  return async function handleRequest(incoming: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const startedAtMs = Date.now();
    const method = incoming.method ?? 'GET';
    const path = url.pathname;
    const chosen = chooseFault(world.faults, incoming, method, path);
    if ('refusal' in chosen) return void (await sendReply(response, chosen.refusal, {}));
    const { name, fault } = chosen;
    if (fault.delayBeforeMs && !(await waitUnlessGone(response, fault.delayBeforeMs))) return;

    const body = streamedPaths.has(path) ? Buffer.alloc(0) : await readBody(incoming);
    const caller = authenticate(incoming.headers, url.searchParams, world.auth(), world.oauth.grants);
    const key = caller?.key ?? 'none';
    const early = world.early.check(key);
    const origin = `http://${incoming.headers.host ?? 'localhost'}`;
    const { headers } = incoming;
    const query = url.searchParams;
    const request = { method, path, query, headers, incoming, origin, fault, caller: caller ?? nobody };
    const honest = await answer({ ...request, body: body ?? Buffer.alloc(0) }, { caller, chosen, tooLarge: !body });
    const reply = fault.status === undefined ? distortBody(honest, fault) : honest;
    world.early.note(key, reply.status, reply.headers);

    const rows = method === 'HEAD' ? [] : (reply.rows ?? []);
    const settle = rows.length > 0 ? world.served.begin(path, rows) : undefined;
    const delivery = await sendReply(response, reply, fault);
    settle?.(delivery === 'whole' ? (bodyDelivery(fault) ?? 'whole') : delivery);
    if (fault.refuseForMs !== undefined) world.refuse(fault.refuseForMs);
    world.requests?.append({
      at: new Date(startedAtMs).toISOString(),
      method,
      path,
      query: url.search.slice(1),
      headers,
      caller: key,
      status: reply.status,
      bodyBytes: body?.length ?? 0,
      ...(name && { fault: name }),
      ...(early && { early: true as const }),
      durationMs: Date.now() - startedAtMs,
    });
  };

  interface Arrival {
    caller: Caller | undefined;
    chosen: ChosenFault;
    tooLarge: boolean;
  }

  async function answer(request: ApiRequest, { caller, chosen: { fault }, tooLarge }: Arrival): Promise<Reply> {
    if (tooLarge) return failure(413, 'too_large', 'At most 10 MB here; /dump takes more.', { connection: 'close' });
    if (fault.status !== undefined && !fault.processed) return replaceReply(fault);
    const reply = await process(request, caller);
    return fault.status === undefined ? reply : replaceReply(fault);
  }

  async function process(request: ApiRequest, caller: Caller | undefined): Promise<Reply> {
    try {
      const openRoute = world.oauth.findRoute(request.path) ?? world.modes.findRoute(request.path);
      if (openRoute) return await openRoute(request);
      if (!caller) return unauthorized();
      const { headers, refusal } = world.rateLimit.take(caller.key);
      const reply = refusal ?? (await world.routes.find(request.method, request.path)(request));
      return { ...reply, headers: { ...reply.headers, ...headers } };
    } catch (cause) {
      if (cause instanceof SyntaxError) return failure(400, 'bad_json', cause.message);
      if (cause instanceof URIError) return failure(400, 'bad_path', cause.message);
      throw cause;
    }
  }
}

function unauthorized(): Reply {
  const challenge = 'Bearer realm="simulator", error="invalid_token"'; // RFC 6750 section 3
  return failure(401, 'unauthorized', 'Unknown, expired or missing credentials.', { 'www-authenticate': challenge });
}

function chooseFault(
  faults: FaultScript,
  incoming: IncomingMessage,
  method: string,
  path: string,
): ChosenFault | { refusal: Reply } {
  const wanted = incoming.headers['x-simulator-fault'];
  if (typeof wanted !== 'string') return faults.choose(method, path) ?? noFault;
  try {
    return faults.fromHeader(wanted);
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof SyntaxError)
      return { refusal: failure(400, 'bad_fault', cause.message) };
    throw cause;
  }
}
