// The cookie that ties a flow to the browser that started it. `__Host-`: no other host or path can have set it.
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { flowLife } from '../core/connections/flows/flow-state.ts';

/** Without TLS (a developer's localhost) browsers refuse the prefix, and `Secure` with it. */
const isSecure = (publicUrl: string): boolean => publicUrl.startsWith('https:');

const fullName = (name: string, publicUrl: string): string => `${isSecure(publicUrl) ? '__Host-' : ''}${name}`;

export function setFlowCookie(
  c: Context,
  publicUrl: string,
  { name, value, lifeSeconds = flowLife.seconds }: { name: string; value: string; lifeSeconds?: number },
): void {
  setCookie(c, fullName(name, publicUrl), value, {
    path: '/',
    httpOnly: true,
    secure: isSecure(publicUrl),
    sameSite: 'Lax', // sent when the provider sends the browser back, and with nothing else from another site
    maxAge: lifeSeconds,
  });
}

export const readFlowCookie = (c: Context, publicUrl: string, name: string): string | undefined =>
  getCookie(c, fullName(name, publicUrl));

export const clearFlowCookie = (c: Context, publicUrl: string, name: string): void => {
  deleteCookie(c, fullName(name, publicUrl), { path: '/', secure: isSecure(publicUrl) });
};
