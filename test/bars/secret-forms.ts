// The forms in which a secret may turn up: as it is, in a URL, in JSON, in hexadecimal, in base64 at any of three positions.

/** Each is long enough to be no chance. @example formsOf('s3cret value') */
export function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const encoded = [secret, json].flatMap(base64Of);
  const hex = [secret, json].map((text) => Buffer.from(text).toString('hex'));
  return [
    ...new Set([secret, encodeURIComponent(secret), json, JSON.stringify(json).slice(1, -1), ...hex, ...encoded]),
  ];
}

/** Inside of something longer it depends on where the text begins; its first and last characters mix with the neighbours'. */
const base64Of = (text: string): string[] =>
  [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
      .toString('base64')
      .replace(/=+$/, '');
    const inner = whole.slice(shift === 0 ? 0 : shift + 1, -2);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
