// Page numbers, newest change first: a contact that changes meanwhile moves to the front and pushes others onto the page to come; none
// slips onto one that was read. https://developer.xero.com/documentation/api/requests-and-responses and …/api/accounting/contacts
import { createSync } from '@syncline/functions';
import { z } from 'zod';

const Contact = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  /** ARCHIVED instead of deleted. */
  status: z.string(),
  is_supplier: z.boolean(),
  is_customer: z.boolean(),
  updated_at: z.string(),
});

interface ContactRow {
  ContactID: string;
  Name: string;
  EmailAddress?: string;
  ContactStatus: string;
  IsSupplier: boolean;
  IsCustomer: boolean;
  /** `/Date(1503348544227+0000)/`: milliseconds since 1970. */
  UpdatedDateUTC: string;
}

export default createSync({
  description: 'Copies the contacts, archived ones too; after the first run only what has changed.',
  version: '1.0.0',
  frequency: 'every hour',
  scopes: ['accounting.contacts.read'],
  models: { XeroContact: Contact },
  checkpoint: z.object({ modified_since: z.string() }),
  exec: async (nango) => {
    const checkpoint = await nango.getCheckpoint();
    let newest: string | undefined;
    // The provider's entry counts the pages from 1 and sends `pageSize`; rows have the resource's name.
    const pages = nango.paginate<ContactRow>({
      endpoint: '/api.xro/2.0/Contacts',
      params: { includeArchived: true, order: 'UpdatedDateUTC DESC' },
      headers: { 'If-Modified-Since': checkpoint?.modified_since },
      paginate: { response_path: 'Contacts', limit: 100 },
      retries: 5,
    });
    for await (const page of pages) {
      const contacts = page.map(toContact);
      newest ??= contacts[0]?.updated_at;
      await nango.batchSave(contacts, 'XeroContact');
    }
    // Xero takes it to the second, without a zone: what changed within that second comes again, and changes nothing.
    if (newest !== undefined) await nango.saveCheckpoint({ modified_since: newest.slice(0, 19) });
  },
});

function toContact(row: ContactRow): z.infer<typeof Contact> {
  const [, milliseconds] = /^\/Date\((\d+)/.exec(row.UpdatedDateUTC) ?? [];
  return {
    id: row.ContactID,
    name: row.Name,
    email: row.EmailAddress || null,
    status: row.ContactStatus,
    is_supplier: row.IsSupplier,
    is_customer: row.IsCustomer,
    updated_at: new Date(Number(milliseconds)).toISOString(),
  };
}
