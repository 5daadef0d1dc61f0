// Graph drops a second POST with the same `transactionId`: a caller that gives one may repeat the call, and so may we.
// https://learn.microsoft.com/en-us/graph/api/user-post-events and https://learn.microsoft.com/en-us/graph/api/resources/event
import { createAction } from '@syncline/functions';
import { z } from 'zod';

interface EventRow {
  id: string;
  webLink: string;
}

export default createAction({
  description: 'Creates an event in the default calendar and invites the attendees.',
  version: '1.0.0',
  scopes: ['Calendars.ReadWrite'],
  input: z.object({
    subject: z.string().min(1),
    start: z.iso.datetime({ local: true }).describe('Local time in `time_zone`: 2026-11-30T09:00:00.'),
    end: z.iso.datetime({ local: true }),
    time_zone: z.string().min(1).describe('An IANA or Windows name: Europe/Berlin.'),
    text: z.string().optional(),
    location: z.string().optional(),
    attendees: z.array(z.object({ email: z.email(), name: z.string().optional() })).optional(),
    transaction_id: z.string().optional().describe('A text of the caller that stands for this event alone.'),
  }),
  output: z.object({ id: z.string(), url: z.string() }),
  exec: async (nango, { subject, start, end, time_zone, text, location, attendees, transaction_id }) => {
    if (end <= start)
      throw new nango.ActionError({ type: 'invalid_period', message: 'The event ends before it begins.' });
    const { data } = await nango.post<EventRow>({
      endpoint: '/v1.0/me/events',
      data: {
        subject,
        start: { dateTime: start, timeZone: time_zone },
        end: { dateTime: end, timeZone: time_zone },
        body: text === undefined ? undefined : { contentType: 'text', content: text },
        location: location === undefined ? undefined : { displayName: location },
        attendees: attendees?.map(({ email, name }) => ({ emailAddress: { address: email, name }, type: 'required' })),
        transactionId: transaction_id,
      },
      retries: 3,
      retryUnsafe: transaction_id !== undefined,
    });
    return { id: data.id, url: data.webLink };
  },
});
