// A mutation has three ways to fail: the status, `errors` beside the data, and `success: false` in it. All three have to be looked at.
// https://linear.app/developers/graphql#creating-and-editing-issues
import { createAction } from '@syncline/functions';
import { z } from 'zod';
import { ask } from '../ask.js';

const query = `mutation IssueCreate($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { id identifier title url } }
}`;

const Issue = z.object({ id: z.string(), identifier: z.string(), title: z.string(), url: z.string() });

interface Created {
  issueCreate: { success: boolean; issue: z.infer<typeof Issue> | null };
}

export default createAction({
  description: 'Creates an issue in a team.',
  version: '1.0.0',
  scopes: ['issues:create'],
  input: z.object({
    team_id: z.string().min(1),
    title: z.string().min(1),
    description: z.string().optional().describe('Markdown.'),
    priority: z.int().min(0).max(4).optional().describe('0 none, 1 urgent, 2 high, 3 normal, 4 low.'),
    assignee_id: z.string().optional(),
    label_ids: z.array(z.string()).optional(),
  }),
  output: Issue,
  exec: async (nango, { team_id, title, description, priority, assignee_id, label_ids }) => {
    const input = { teamId: team_id, title, description, priority, assigneeId: assignee_id, labelIds: label_ids };
    const { issueCreate }: Created = await ask(nango, { query, variables: { input } });
    if (!issueCreate.success || issueCreate.issue === null) {
      throw new nango.ActionError({ type: 'issue_not_created', message: 'Linear did not create the issue.' });
    }
    return issueCreate.issue;
  },
});
