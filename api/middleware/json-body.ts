// Reads JSON bodies once, by our rules, for the validators behind it. No body at all is `{}`: clients send the type alone.
import { createMiddleware } from 'hono/factory';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv } from '../context.ts';
import { parseJson } from '../parse-json.ts';

/** These take any body and pass its bytes on. */
const otherFamilies = /^\/(proxy|webhook)(\/|$)/;

export const jsonBodies = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || otherFamilies.test(c.req.path)) return next();
  const type = c.req.header('content-type');
  if (type !== undefined && !/^application\/json\b/i.test(type.trim())) {
    throw new SynclineError('invalid_content_type', 'The Content-Type header must be application/json.', {
      status: 415,
    });
  }
  const text = await c.req.text();
  const value = text.trim() === '' ? {} : parseJson(text);
  // The validators ask for the type and then for the body, which Hono would parse a second time.
  if (type === undefined) c.req.raw.headers.set('content-type', 'application/json');
  c.req.json = <T>() => Promise.resolve(value as T);
  return next();
});
