// A signed SAML 2.0 bearer assertion (RFC 7522). Written in exclusive canonical form from the start, so that what is digested and
// signed is the very text: namespaces where they are first used, sorted attributes, no empty-element tags, no white space.
import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface SamlInput {
  key: KeyObject;
  lifeSeconds: number;
  now: Date;
  issuer?: string | undefined;
  audiences?: string | string[] | undefined;
  /** Name to value. */
  attributes?: Record<string, unknown> | undefined;
  sessionIndex?: string | undefined;
  nameIdentifier?: string | undefined;
  nameIdentifierFormat?: string | undefined;
  recipient?: string | undefined;
}

const saml = 'urn:oasis:names:tc:SAML:2.0';
const ds = 'http://www.w3.org/2000/09/xmldsig#';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Clocks differ. */
const earlySeconds = 60;

/** In base64, as the grant wants it. */
export function signSaml(input: SamlInput): string {
  const id = `_${randomBytes(16).toString('hex')}`;
  const { opening, issuer, rest } = assertionOf(input, id);
  const digest = createHash('sha256')
    .update(opening + issuer + rest)
    .digest('base64');
  const info = signedInfo(id, digest);
  const canonicalInfo = info.replace('<ds:SignedInfo>', `<ds:SignedInfo xmlns:ds="${ds}">`);
  const value = sign('sha256', Buffer.from(canonicalInfo), input.key).toString('base64');
  const signature = `<ds:Signature xmlns:ds="${ds}">${info}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>`;
  return Buffer.from(opening + issuer + signature + rest).toString('base64');
}

function assertionOf(input: SamlInput, id: string): { opening: string; issuer: string; rest: string } {
  const { now, lifeSeconds, nameIdentifierFormat, recipient, sessionIndex } = input;
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();
  const audiences = [input.audiences ?? []].flat();
  const format = nameIdentifierFormat ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
  const confirmation = element('SubjectConfirmationData', { NotOnOrAfter: at(lifeSeconds), Recipient: recipient }, '');
  const subject = element(
    'Subject',
    {},
    element('NameID', { Format: format }, text(input.nameIdentifier ?? '')) +
      element('SubjectConfirmation', { Method: `${saml}:cm:bearer` }, confirmation),
  );
  const restriction = audiences.map((audience) => element('Audience', {}, text(audience))).join('');
  const conditions = element(
    'Conditions',
    { NotBefore: at(-earlySeconds), NotOnOrAfter: at(lifeSeconds) },
    restriction && element('AudienceRestriction', {}, restriction),
  );
  const context = element('AuthnContextClassRef', {}, `${saml}:ac:classes:PasswordProtectedTransport`);
  const authn = element(
    'AuthnStatement',
    { AuthnInstant: at(0), SessionIndex: sessionIndex },
    element('AuthnContext', {}, context),
  );
  return {
    opening: `<saml2:Assertion xmlns:saml2="${saml}:assertion" ID="${id}" IssueInstant="${at(0)}" Version="2.0">`,
    issuer: element('Issuer', {}, text(input.issuer ?? '')),
    rest: `${subject}${conditions}${authn}${attributesOf(input.attributes)}</saml2:Assertion>`,
  };
}

function attributesOf(attributes: SamlInput['attributes']): string {
  const all = Object.entries(attributes ?? {}).map(([Name, value]) =>
    element('Attribute', { Name }, element('AttributeValue', {}, text(String(value)))),
  );
  return all.length === 0 ? '' : element('AttributeStatement', {}, all.join(''));
}

function signedInfo(id: string, digest: string): string {
  const algorithm = (name: string, uri: string) => `<ds:${name} Algorithm="${uri}"></ds:${name}>`;
  const transforms = algorithm('Transform', `${ds}enveloped-signature`) + algorithm('Transform', exclusive);
  return (
    `<ds:SignedInfo>${algorithm('CanonicalizationMethod', exclusive)}` +
    `${algorithm('SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')}` +
    `<ds:Reference URI="#${id}"><ds:Transforms>${transforms}</ds:Transforms>` +
    `${algorithm('DigestMethod', 'http://www.w3.org/2001/04/xmlenc#sha256')}` +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`
  );
}

/** Attributes in the order given, which is the alphabet's. */
function element(name: string, attributes: Record<string, string | undefined>, inside: string): string {
  const named = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const list = named.map(([key, value]) => ` ${key}="${attribute(value!)}"`).join('');
  return `<saml2:${name}${list}>${inside}</saml2:${name}>`;
}

/** Canonical XML 1.0 section 2.3. */
const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};
const text = (value: string) => value.replace(/[&<>\r]/g, (character) => escapes[character]!);
const attribute = (value: string) => value.replace(/[&<"\t\n\r]/g, (character) => escapes[character]!);
