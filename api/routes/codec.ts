// Lets Temporal's UI show payloads: it posts the encrypted ones here, under a path that only it was told.
import { timingSafeEqual } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from '../context.ts';
import { parseJson } from '../parse-json.ts';

export interface CodecEndpoint {
  /** The secret part of the path. */
  token: string;
  /** The body of Temporal's codec protocol, `{payloads: [...]}`, in and out. */
  encode(body: unknown): Promise<unknown>;
  decode(body: unknown): Promise<unknown>;
}

const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

export const codecRoutes = (codec: CodecEndpoint) =>
  new OpenAPIHono<ApiEnv>().post('/temporal/codec/:token/:direction{encode|decode}', async (c) => {
    const { token, direction } = c.req.param();
    if (!same(token, codec.token)) return c.notFound();
    const body = parseJson(await c.req.text());
    const answer = direction === 'encode' ? await codec.encode(body) : await codec.decode(body);
    return c.body(JSON.stringify(answer), 200, { 'content-type': 'application/json' });
  });
