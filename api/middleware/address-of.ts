// Whose address a request came from.

/** The peer of the socket; a proxy in front of us is one address. `env`: what the server hands to `app.fetch`. */
export function addressOf(env: unknown): string {
  const incoming = (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
  return incoming?.socket?.remoteAddress ?? 'local';
}
