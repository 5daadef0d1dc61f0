// Two refusals mean something to whoever calls: they get a type of their own. Every other one reaches the caller as GitHub said it.
// https://docs.github.com/en/rest/issues/issues#create-an-issue
import { createAction, type ProxyError } from '@syncline/functions';
import { z } from 'zod';
import { RepositoryName } from '../repository-name.js';

const Input = z.object({
  repository: RepositoryName,
  title: z.string().min(1),
  body: z.string().optional().describe('Markdown.'),
  labels: z.array(z.string()).optional().describe('Dropped silently by GitHub without push access.'),
  assignees: z.array(z.string()).optional().describe('Logins. Dropped silently by GitHub without push access.'),
});

interface IssueRow {
  id: number;
  number: number;
  title: string;
  state: string;
  html_url: string;
}

export default createAction({
  description: 'Opens an issue in a repository.',
  version: '1.0.0',
  scopes: ['repo'],
  input: Input,
  output: z.object({ id: z.string(), number: z.number(), title: z.string(), state: z.string(), url: z.string() }),
  exec: async (nango, input) => {
    // Checked here, for it becomes part of a path; and without the keys that the schema does not know.
    const { data: valid } = await nango.zodValidateInput({ zodSchema: Input, input });
    const { repository, ...issue } = valid;
    try {
      // No `retryUnsafe`: a POST whose answer was lost may have opened the issue.
      const { data } = await nango.post<IssueRow>({
        endpoint: `/repos/${repository}/issues`,
        data: issue,
        retries: 3,
      });
      return { id: String(data.id), number: data.number, title: data.title, state: data.state, url: data.html_url };
    } catch (error) {
      const { status } = error as ProxyError;
      if (status === 404) {
        const message = `There is no repository ${repository}, or the connected account cannot see it.`;
        throw new nango.ActionError({ type: 'repository_not_found', message });
      }
      if (status === 410) {
        throw new nango.ActionError({ type: 'issues_disabled', message: `${repository} has its issues switched off.` });
      }
      throw error;
    }
  },
});
