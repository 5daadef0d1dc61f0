// Webhooks bring changes at once, a daily pass what they missed. Stripe may send events late, twice and out of order, so an event is
// only a reason to look. https://docs.stripe.com/api/customers/list and https://docs.stripe.com/webhooks#event-ordering
import { createSync } from '@syncline/functions';
import { z } from 'zod';

const Customer = z.object({
  id: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  currency: z.string().nullable(),
  /** In the currency's smallest unit; negative is credit. */
  balance: z.number(),
  delinquent: z.boolean(),
  created_at: z.string(),
});

interface CustomerRow {
  id: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  currency?: string | null;
  balance?: number;
  delinquent?: boolean | null;
  /** Seconds since 1970. */
  created: number;
  deleted?: false;
}

interface CustomerPage {
  data: CustomerRow[];
  has_more: boolean;
}

/** What is left of a customer that was deleted. */
interface Deleted {
  id: string;
  deleted: true;
}

/** The part of an event that matters here; the rest of `data.object` may be old by now. */
const Event = z.object({ data: z.object({ object: z.object({ id: z.string() }) }) });

export default createSync({
  description: 'Copies every customer once a day, and each change when Stripe tells of it.',
  version: '1.0.0',
  frequency: 'every day',
  scopes: ['read_only'],
  models: { StripeCustomer: Customer },
  webhookSubscriptions: ['customer.created', 'customer.updated', 'customer.deleted'],
  exec: async (nango) => {
    // What a webhook saves while the pass runs is newer than the pass's page.
    await nango.setMergingStrategy({ strategy: 'ignore_if_modified_after' }, 'StripeCustomer');
    await nango.trackDeletesStart('StripeCustomer');
    // The cursor is the id of the last row, which no path in the answer names: the loop is ours.
    let after: string | undefined;
    do {
      const { data: page } = await nango.get<CustomerPage>({
        endpoint: '/v1/customers',
        params: { limit: 100, starting_after: after },
        retries: 5,
      });
      await nango.batchSave(page.data.map(toCustomer), 'StripeCustomer');
      after = page.has_more ? page.data.at(-1)?.id : undefined;
    } while (after !== undefined);
    await nango.trackDeletesEnd('StripeCustomer');
  },
  onWebhook: async (nango, payload) => {
    const { id } = Event.parse(payload).data.object;
    const { data } = await nango.get<CustomerRow | Deleted>({ endpoint: `/v1/customers/${id}`, retries: 5 });
    if (data.deleted) await nango.batchDelete([{ id }], 'StripeCustomer');
    else await nango.batchSave([toCustomer(data)], 'StripeCustomer');
  },
});

function toCustomer(row: CustomerRow): z.infer<typeof Customer> {
  return {
    id: row.id,
    name: row.name ?? null,
    email: row.email ?? null,
    phone: row.phone ?? null,
    currency: row.currency ?? null,
    balance: row.balance ?? 0,
    delinquent: row.delinquent ?? false,
    created_at: new Date(row.created * 1_000).toISOString(),
  };
}
