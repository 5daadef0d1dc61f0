// A browser as far as a flow needs one: it keeps cookies by host, follows redirects, and shows where it went. No scripts.

export interface Visit {
  status: number;
  url: string;
  headers: Headers;
  body: string;
}

export interface Browser {
  /** Follows redirects, like an address typed or a link clicked. */
  open(url: string): Promise<Visit>;
  /** One request. */
  step(url: string): Promise<Visit & { location: string | undefined }>;
  /** `name=value` by host, with whatever attributes they came. */
  readonly cookies: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The `Set-Cookie` lines so far. */
  readonly setCookies: readonly string[];
}

const maxHops = 10;

export function createBrowser(): Browser {
  const cookies = new Map<string, Map<string, string>>();
  const setCookies: string[] = [];

  function keep(host: string, line: string): void {
    setCookies.push(line);
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const jar = cookies.get(host) ?? new Map<string, string>();
    const isGone = attributes.some((attribute) => /^max-age=0$/i.test(attribute));
    if (isGone) jar.delete(name);
    else jar.set(name, value);
    cookies.set(host, jar);
  }

  async function step(url: string) {
    const { host } = new URL(url);
    const cookie = [...(cookies.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie !== '' && { cookie }) },
      signal: AbortSignal.timeout(30_000),
    });
    for (const line of response.headers.getSetCookie()) keep(host, line);
    const body = await response.text();
    const next = response.headers.get('location');
    const location = next === null ? undefined : new URL(next, url).href;
    return { status: response.status, url, headers: response.headers, body, location };
  }

  return {
    cookies,
    setCookies,
    step,
    async open(from) {
      let url = from;
      for (let hop = 0; hop < maxHops; hop++) {
        const visit = await step(url);
        if (visit.location === undefined) return visit;
        url = visit.location;
      }
      throw new Error(`More than ${maxHops} redirects from ${new URL(from).origin}.`);
    },
  };
}
