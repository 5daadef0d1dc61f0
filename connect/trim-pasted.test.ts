import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Field } from './server.ts';
import { trimPasted } from './trim-pasted.ts';

const field = (more: Partial<Field>): Field => ({
  name: 'x',
  place: 'params',
  title: 'X',
  required: true,
  secret: false,
  multiline: false,
  ...more,
});

const subdomain = field({ suffix: '.zendesk.com', pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,62}$' });
const host = field({ prefix: 'https://', format: 'hostname' });
const origin = field({ format: 'uri', pattern: '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$' });
const organization = field({ prefix: 'https://', pattern: '^dev\\.azure\\.com/[A-Za-z0-9-]+$' });
const region = field({ prefix: 'https://app.', pattern: '^[a-z0-9.]+$' });

it.each([
  [subdomain, 'acme', 'acme'],
  [subdomain, ' acme\n', 'acme'],
  [subdomain, 'acme.zendesk.com', 'acme'],
  [subdomain, 'https://acme.zendesk.com/agent/dashboard?x=1', 'acme'],
  [subdomain, 'https://ACME.ZenDesk.com', 'ACME'],
  [subdomain, 'acme.zendesk.com/agent', 'acme'],
  [host, 'https://app.acme.example:8443/login#top', 'app.acme.example:8443'],
  [host, 'app.acme.example', 'app.acme.example'],
  [origin, 'https://acme.example/login?next=%2F', 'https://acme.example'],
  [origin, 'https://acme.example', 'https://acme.example'],
  [organization, 'https://dev.azure.com/contoso/_git/repo', 'dev.azure.com/contoso'],
  [organization, 'dev.azure.com/contoso', 'dev.azure.com/contoso'],
  [region, 'https://app.eu1.acme.example/', 'eu1.acme.example'],
])('takes what the field asks for: %#', (into, pasted, expected) => {
  expect(trimPasted(into, pasted)).toBe(expected);
});

it('finds the part in whatever address somebody had open', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  fc.assert(
    fc.property(label, fc.stringMatching(/^(\/[\w.~%:@-]{0,9}){0,3}(\?[\w=&]{0,9})?(#\w{0,5})?$/), (name, rest) => {
      expect(trimPasted(subdomain, `https://${name}.zendesk.com${rest}`)).toBe(name);
    }),
  );
});

it('changes nothing else: no secret, no key, no free text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const more of [{ secret: true }, { multiline: true }, { enum: ['a'] }, {}] satisfies Partial<Field>[])
        if (!/^\s*https?:/i.test(text)) expect(trimPasted(field(more), text)).toBe(text.trim());
      expect(trimPasted(field({ secret: true }), `https://${text}`)).toBe(`https://${text}`.trim());
    }),
  );
});

it('leaves what fits nowhere to be corrected', () => {
  expect(trimPasted(subdomain, 'https://acme_.other.example/x')).toBe('https://acme_.other.example/x');
});
