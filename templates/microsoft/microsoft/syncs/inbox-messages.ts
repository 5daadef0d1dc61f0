// A delta query: the first round reads the folder, every later one what changed since. Each page ends with the link to go on from, so
// each page is a checkpoint, and a run that fails goes on where it was.
// https://learn.microsoft.com/en-us/graph/delta-query-messages and https://learn.microsoft.com/en-us/graph/delta-query-overview
import { createSync, type ProxyError } from '@syncline/functions';
import { z } from 'zod';

/** In Graph's own names, so that an update can be laid over it as it comes. */
const Message = z.object({
  id: z.string(),
  subject: z.string().nullable(),
  from: z.object({ emailAddress: z.object({ name: z.string(), address: z.string() }) }).nullable(),
  receivedDateTime: z.string(),
  isRead: z.boolean(),
  hasAttachments: z.boolean(),
  bodyPreview: z.string(),
  webLink: z.string(),
});
type Message = z.infer<typeof Message>;

/** An update brings "at least the properties that have been updated"; what left the folder, its id and `@removed`. */
type Change = Partial<Message> & { id: string };
type Row = Change & { '@odata.type'?: string; '@odata.etag'?: string; '@removed'?: { reason: string } };

const start = `/v1.0/me/mailFolders/inbox/messages/delta?$select=${Object.keys(Message.shape).join(',')}`;

export default createSync({
  description: 'Follows the inbox: new and changed messages, and the ones that were moved away or deleted.',
  version: '1.0.0',
  frequency: 'every 5 minutes',
  scopes: ['Mail.Read'],
  models: { OutlookMessage: Message },
  checkpoint: z.object({ link: z.string(), first_round: z.boolean() }),
  exec: async (nango) => {
    const { link, first_round } = (await nango.getCheckpoint()) ?? { link: start, first_round: true };
    // A first round lists all there is: after a lost link it finds out what was removed meanwhile.
    if (first_round) await nango.trackDeletesStart('OutlookMessage');
    let deltaLink: string | undefined;
    const pages = nango.paginate<Row>({
      endpoint: link,
      headers: { Prefer: 'odata.maxpagesize=100' },
      paginate: {
        on_page: async ({ nextPageParam: next, response }) => {
          if (next !== undefined) await nango.saveCheckpoint({ link: String(next), first_round });
          deltaLink = response.data['@odata.deltaLink'];
        },
      },
      retries: 5,
    });
    try {
      for await (const page of pages) {
        const changes = page.filter((row) => row['@removed'] === undefined).map(toChange);
        await nango.batchSave(changes.filter(isWhole), 'OutlookMessage');
        await nango.batchUpdate(
          changes.filter((change) => !isWhole(change)),
          'OutlookMessage',
        );
        const removed = page.filter((row) => row['@removed'] !== undefined);
        await nango.batchDelete(
          removed.map(({ id }) => ({ id })),
          'OutlookMessage',
        );
      }
    } catch (error) {
      // 410, or syncStateNotFound: Graph has forgotten where we were. The next run reads the whole folder.
      if (isLinkLost(error as ProxyError)) await nango.clearCheckpoint();
      throw error;
    }
    if (first_round) await nango.trackDeletesEnd('OutlookMessage');
    if (deltaLink !== undefined) await nango.saveCheckpoint({ link: deltaLink, first_round: false });
  },
});

function toChange({ '@odata.type': _type, '@odata.etag': _etag, '@removed': _removed, ...change }: Row): Change {
  return change;
}

function isWhole(change: Change): change is Message {
  return Object.keys(Message.shape).every((name) => name in change);
}

function isLinkLost({ response }: ProxyError<{ error?: { code?: string } }>): boolean {
  return response?.status === 410 || /^syncState/i.test(response?.data?.error?.code ?? '');
}
