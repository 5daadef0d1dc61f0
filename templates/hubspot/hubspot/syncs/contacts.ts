// Lists instead of searching: the search ends at 10,000 rows and pages by position, so a row that changes meanwhile slips through. The
// list's cursor is the last contact that was read. https://developers.hubspot.com/docs/guides/api/crm/objects/contacts
import { createSync } from '@syncline/functions';
import { z } from 'zod';

const Contact = z.object({
  id: z.string(),
  email: z.string().nullable(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  phone: z.string().nullable(),
  company: z.string().nullable(),
  lifecycle_stage: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** HubSpot sends a property only when it is asked for. */
const properties = ['email', 'firstname', 'lastname', 'phone', 'company', 'lifecyclestage'] as const;

interface ContactRow {
  id: string;
  properties: { [Name in (typeof properties)[number]]?: string | null };
  createdAt: string;
  updatedAt: string;
}

export default createSync({
  description: 'Copies every contact, and notices the ones that were archived or merged away.',
  version: '1.0.0',
  frequency: 'every hour',
  scopes: ['crm.objects.contacts.read'],
  models: { HubspotContact: Contact },
  exec: async (nango) => {
    await nango.trackDeletesStart('HubspotContact');
    // The provider's entry has the rest: `after` comes from paging.next.after, rows from results.
    const pages = nango.paginate<ContactRow>({
      endpoint: '/crm/v3/objects/contacts',
      params: { properties: properties.join(',') },
      paginate: { limit: 100 },
      retries: 5,
    });
    for await (const page of pages) {
      await nango.batchSave(page.map(toContact), 'HubspotContact');
    }
    await nango.trackDeletesEnd('HubspotContact');
  },
});

function toContact({ id, properties, createdAt, updatedAt }: ContactRow): z.infer<typeof Contact> {
  return {
    id,
    email: properties.email ?? null,
    first_name: properties.firstname ?? null,
    last_name: properties.lastname ?? null,
    phone: properties.phone ?? null,
    company: properties.company ?? null,
    lifecycle_stage: properties.lifecyclestage ?? null,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}
