// The grammar of each kind of value. Messages continue the sentence "SYNCLINE_X …".
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const short = z.string().max(2000, 'is longer than 2000 characters');

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i;
const isHost = (text: string) => hostName.test(text) || ipaddr.isValid(text);

/** `host:port`, IPv6 in brackets. */
const isHostPort = (text: string) => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host !== undefined && isHost(host) && Number(port) > 0 && Number(port) < 65536;
};

const isHttpUrl = (text: string) => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
};

const list = (text: string) => text.split(',').flatMap((entry) => entry.trim() || []);

export const wholeNumber = (min: number, max: number) =>
  short
    .regex(/^\d{1,9}$/, `is not a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not a whole number from ${min} to ${max}`);

export const flag = z
  .enum(['1', '0', 'true', 'false'], 'is neither 1 nor 0')
  .transform((value) => value === '1' || value === 'true');

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `is not one of ${values.join(', ')}`);

export const someOf = <const T extends string>(values: readonly T[]) =>
  short
    .transform(list)
    .refine((entries) => entries.length > 0 && entries.every((entry) => values.some((value) => value === entry)), {
      error: `is not a list of ${values.join(', ')}`,
    })
    .transform((entries) => values.filter((value) => entries.includes(value)));

export const text = short;

export const host = short.refine(isHost, 'is not a host name or an IP address');

export const hostPort = short.refine(isHostPort, 'is not host:port');

/** Without the slash at the end, so that paths can be appended. */
export const httpUrl = short
  .refine(isHttpUrl, 'is not an http(s) URL without query')
  .transform((value) => new URL(value).href.replace(/\/+$/, ''));

export const origin = short
  .refine((value) => isHttpUrl(value) && new URL(value).pathname === '/', 'is not an origin')
  .transform((value) => new URL(value).origin);

export const egressList = short
  .transform(list)
  .refine((entries) => entries.every((entry) => isHostPort(entry) || ipaddr.isValidCIDR(entry)), {
    error: 'has an entry that is neither host:port nor a CIDR',
  });

export const databaseUrl = short.refine(
  (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
  'is not a postgres:// URL',
);

export const apiKey = short.regex(
  /^(sl_[\w-]{32,200}|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/i,
  'is neither a UUID v4 nor a key of ours',
);

/** Exactly 32 bytes each; the alphabet is checked because Buffer.from skips what it does not know. */
const key = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]{43}=?$/, 'is not the base64 of 32 bytes')
  .transform((value) => Buffer.from(value, 'base64'));

export const encryptionKeys = short
  .transform(list)
  .pipe(z.array(key).min(1, 'is empty').max(10, 'has more than 10 keys'));
