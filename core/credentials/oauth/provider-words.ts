// What a provider said, fit to be shown: short, one line, without anything that looks like a credential.
import { createRedactor } from '../../logs/redact.ts';

const maxLength = 1_000;

/** A JWT, or a long run without a space: a code or token that was echoed. */
const credential = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]*|[\w~+=-]{40,}/g;

/**
 * @param secrets of the request, which an answer may quote
 * @example said({ error: 'access_denied', description: 'No.' }, []) // 'access_denied, No.'
 */
export function said(
  { error, description }: { error?: string | undefined; description?: string | undefined },
  secrets: string[],
): string {
  const words = [error, description].filter((part) => part !== undefined && part !== '').join(', ');
  return createRedactor(secrets)
    .text(words.slice(0, 10 * maxLength))
    .replace(/\p{C}+/gu, ' ')
    .replace(credential, '[removed]')
    .slice(0, maxLength)
    .trim();
}
