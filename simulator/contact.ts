// What a contact looks like: a pure function of seed, index and revision, so that any past content can be asked for again.
import { createRandom, mixSeed } from './random.ts';

export interface Contact {
  id: string;
  name: string;
  email: string;
  company: string;
  revision: number;
  created_at: string;
  updated_at: string;
  address: { street: string; city: string; country: string; geo: { lat: number; lng: number } };
  tags: string[];
  notes?: string;
  deleted_at?: string;
  [field: string]: unknown;
}

export interface ContactSource {
  seed: number;
  index: number;
  revision: number;
  createdAtMs: number;
  updatedAtMs: number;
  /** Pads `notes` until the JSON has about this many bytes. */
  sizeBytes?: number | undefined;
}

// Some are not ASCII on purpose: a client that counts characters for bytes, or guesses the charset, is caught.
const firstNames = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Ewa', 'Farid', 'Grace', 'Håkon', 'Inés', 'Jun', '美咲', 'Zoë'];
const lastNames = [
  'Abbott',
  'Březina',
  'Chen',
  'Dupont',
  "O'Hara",
  'Fernández',
  'Gupta',
  'Müller',
  'Sato',
  'Smith-Jones',
];
const companies = ['Acme', 'Globex', 'Initech', 'Umbrella', 'Hooli', 'Vandelay', 'Stark & Sons', 'Wayne "W" Ltd'];
const cities = ['Aarhus', 'Brno', 'Cali', 'Dakar', 'Essen', 'Fukuoka', 'Graz', 'São Paulo'];
const tags = ['lead', 'customer', 'partner', 'churned', 'vip', 'beta', 'press'];
const filler = 'Met at the fair, asked for a quote, wants the yearly plan, call back after the holidays. ';

/** @example contactId(41) // 'c0000042' */
export const contactId = (index: number): string => `c${String(index + 1).padStart(7, '0')}`;

/** The index behind an id, or undefined when it is not one of ours. */
export function contactIndex(id: string): number | undefined {
  return /^c\d{7,}$/.test(id) ? Number(id.slice(1)) - 1 : undefined;
}

export function createContact(source: ContactSource): Contact {
  const { seed, index, revision, createdAtMs, updatedAtMs, sizeBytes } = source;
  const person = createRandom(mixSeed(seed, index));
  const change = createRandom(mixSeed(seed, index, revision));
  const first = pick(firstNames, person);
  const last = pick(lastNames, person);
  const contact: Contact = {
    id: contactId(index),
    name: `${first} ${last}`,
    email: `contact${index + 1}.r${revision}@example.com`,
    company: pick(companies, change),
    revision,
    created_at: new Date(createdAtMs).toISOString(),
    updated_at: new Date(updatedAtMs).toISOString(),
    address: {
      street: `${1 + Math.floor(person() * 200)} Main Street`,
      city: pick(cities, change),
      country: 'XX',
      geo: { lat: round(person() * 180 - 90), lng: round(person() * 360 - 180) },
    },
    tags: tags.filter(() => change() < 0.3),
  };
  if (sizeBytes === undefined) return contact;
  const missing = sizeBytes - Buffer.byteLength(JSON.stringify({ ...contact, notes: '' }));
  return {
    ...contact,
    notes: filler.repeat(Math.ceil(Math.max(0, missing) / filler.length)).slice(0, Math.max(0, missing)),
  };
}

function pick<T>(values: readonly [T, ...T[]] | readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)] as T;
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;
