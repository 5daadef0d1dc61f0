// Slack refuses with a 200: whether a message was sent stands in `ok`, why not in `error`, and nowhere else.
// https://docs.slack.dev/reference/methods/chat.postMessage
import { createAction } from '@syncline/functions';
import { z } from 'zod';

interface Answer {
  ok: boolean;
  error?: string;
  channel?: string;
  ts?: string;
}

/** What people can do about the refusals they meet; Slack's own word becomes the error's type. */
const advice: Record<string, string> = {
  channel_not_found: 'There is no such channel, or it is private and the app is not in it.',
  is_archived: 'The channel is archived.',
  msg_too_long: 'The text is too long for one message.',
  no_text: 'The message has no text.',
  not_in_channel: 'The app is not in this channel: invite it, or add the scope chat:write.public.',
};

export default createAction({
  description: 'Posts a message to a channel, or as a reply in a thread.',
  version: '1.0.0',
  scopes: ['chat:write'],
  input: z.object({
    channel: z.string().min(1).describe('Id of a channel, a group or a direct message.'),
    text: z.string().min(1),
    thread_ts: z.string().optional().describe('The `ts` of the message to reply to.'),
  }),
  output: z.object({ channel: z.string(), ts: z.string() }),
  exec: async (nango, { channel, text, thread_ts }) => {
    // Over the limit Slack answers 429 with Retry-After: those are repeated, nothing was posted.
    const { data } = await nango.post<Answer>({
      endpoint: '/chat.postMessage',
      data: { channel, text, thread_ts },
      retries: 3,
    });
    if (!data.ok || data.channel === undefined || data.ts === undefined) {
      const type = data.error ?? 'unknown_answer';
      throw new nango.ActionError({ type, message: advice[type] ?? `Slack refused the message: ${type}.` });
    }
    return { channel: data.channel, ts: data.ts };
  },
});
