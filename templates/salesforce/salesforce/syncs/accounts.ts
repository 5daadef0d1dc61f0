// One SOQL query brings changes and deletions: queryAll reads the recycle bin too. Newest change first: its time is where the next run
// begins, whatever changes meanwhile. https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm
import { createSync } from '@syncline/functions';
import { z } from 'zod';

const Account = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string().nullable(),
  industry: z.string().nullable(),
  website: z.string().nullable(),
  owner_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

interface AccountRow {
  Id: string;
  Name: string;
  Type: string | null;
  Industry: string | null;
  Website: string | null;
  OwnerId: string;
  CreatedDate: string;
  /** Of any change, by people or by Salesforce itself: 2026-11-24T09:30:00.000+0000. */
  SystemModstamp: string;
  IsDeleted: boolean;
}

const fields = 'Id, Name, Type, Industry, Website, OwnerId, CreatedDate, SystemModstamp, IsDeleted';

export default createSync({
  description: 'Copies the accounts, and marks deleted and merged ones; after the first run only what has changed.',
  version: '1.0.0',
  frequency: 'every hour',
  scopes: ['api'],
  models: { SalesforceAccount: Account },
  checkpoint: z.object({ modified_since: z.string() }),
  exec: async (nango) => {
    const checkpoint = await nango.getCheckpoint();
    const where = checkpoint === null ? '' : `WHERE SystemModstamp >= ${checkpoint.modified_since} `;
    let newest: string | undefined;
    // The provider's entry follows nextRecordsUrl and takes the rows from records.
    const pages = nango.paginate<AccountRow>({
      endpoint: '/services/data/v63.0/queryAll',
      params: { q: `SELECT ${fields} FROM Account ${where}ORDER BY SystemModstamp DESC` },
      retries: 5,
    });
    for await (const page of pages) {
      newest ??= page[0]?.SystemModstamp;
      const { live = [], gone = [] } = Object.groupBy(page, ({ IsDeleted }) => (IsDeleted ? 'gone' : 'live'));
      await nango.batchSave(live.map(toAccount), 'SalesforceAccount');
      await nango.batchDelete(
        gone.map(({ Id, SystemModstamp }) => ({ id: Id, deletedAt: toIso(SystemModstamp) })),
        'SalesforceAccount',
      );
    }
    if (newest !== undefined) await nango.saveCheckpoint({ modified_since: toIso(newest) });
  },
});

/** As SOQL wants it back: it refuses the offset that it writes itself. */
function toIso(date: string): string {
  return new Date(date).toISOString();
}

function toAccount(row: AccountRow): z.infer<typeof Account> {
  return {
    id: row.Id,
    name: row.Name,
    type: row.Type,
    industry: row.Industry,
    website: row.Website,
    owner_id: row.OwnerId,
    created_at: toIso(row.CreatedDate),
    updated_at: toIso(row.SystemModstamp),
  };
}
