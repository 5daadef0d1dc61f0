// The control API under /__control: the same switches as the object's, for tests in other processes and languages.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ControlRoute, createControlRoutes } from './control-routes.ts';
import { sendReply } from './faults/send-reply.ts';
import { readBody } from './read-body.ts';
import { failure, json, parseJsonObject, type Reply } from './reply.ts';
import type { Simulator } from './simulator.ts';

const bodyLimitBytes = 64 * 1024 * 1024;

export function createControl(simulator: Simulator) {
  const routes = createControlRoutes(simulator);

  return async function control(incoming: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const body = (await readBody(incoming, bodyLimitBytes)) ?? Buffer.alloc(0);
    const key = `${incoming.method} ${url.pathname.slice('/__control/'.length)}`;
    const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
    await sendReply(response, route ? await run(route, body, url) : unknownRoute(key, Object.keys(routes)), {});
  };
}

async function run(route: ControlRoute, body: Buffer, url: URL): Promise<Reply> {
  try {
    return json(200, (await route(parseJsonObject(body), url.searchParams)) ?? { ok: true });
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof SyntaxError) return failure(400, 'bad_control', cause.message);
    throw cause;
  }
}

function unknownRoute(key: string, known: string[]): Reply {
  return failure(404, 'unknown_control', `No control "${key}". There are: ${known.join(', ')}.`);
}
