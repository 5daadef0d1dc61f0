// Newest change first: an issue that changes meanwhile moves to the front, so no page loses one, and the first row is where the next
// run begins. Nothing depends on a clock. https://docs.github.com/en/rest/issues/issues#list-repository-issues
import { createSync } from '@syncline/functions';
import { z } from 'zod';
import { RepositoryName } from '../repository-name.js';

const Issue = z.object({
  id: z.string(),
  repository: z.string(),
  number: z.number(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  author: z.string().nullable(),
  assignees: z.array(z.string()),
  labels: z.array(z.string()),
  url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  closed_at: z.string().nullable(),
});

/** Set with POST /connections/metadata; as many as a checkpoint has fields. */
const Metadata = z.object({ repositories: z.array(RepositoryName).max(16) });

interface IssueRow {
  id: number;
  number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  user: { login: string } | null;
  assignees: { login: string }[] | null;
  labels: { name: string }[];
  html_url: string;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
  /** "GitHub's REST API considers every pull request an issue": this key tells them apart. */
  pull_request?: object;
}

export default createSync({
  description: 'Copies the issues of chosen repositories; after the first run only what has changed.',
  version: '1.0.0',
  frequency: 'every 15 minutes',
  scopes: ['repo'],
  models: { GithubIssue: Issue },
  metadata: Metadata,
  // By repository, the newest `updated_at` that was seen: a repository that is added later starts from its beginning.
  checkpoint: z.object({}).catchall(z.string()),
  exec: async (nango) => {
    const { data } = await nango.zodValidateInput({ zodSchema: Metadata, input: await nango.getMetadata() });
    for (const repository of data.repositories) {
      const seen = (await nango.getCheckpoint()) ?? {};
      let newest: string | undefined;
      // The provider's entry says how GitHub pages: by the `Link` header.
      const pages = nango.paginate<IssueRow>({
        endpoint: `/repos/${repository}/issues`,
        params: { state: 'all', sort: 'updated', direction: 'desc', since: seen[repository] },
        paginate: { limit: 100 },
        retries: 5,
      });
      for await (const page of pages) {
        newest ??= page[0]?.updated_at;
        const issues = page.filter(({ pull_request }) => pull_request === undefined);
        await nango.batchSave(
          issues.map((row) => toIssue(row, repository)),
          'GithubIssue',
        );
      }
      if (newest !== undefined) await nango.saveCheckpoint({ ...seen, [repository]: newest });
    }
  },
});

function toIssue(row: IssueRow, repository: string): z.infer<typeof Issue> {
  return {
    id: String(row.id),
    repository,
    number: row.number,
    title: row.title,
    body: row.body,
    state: row.state,
    author: row.user?.login ?? null,
    assignees: (row.assignees ?? []).map(({ login }) => login),
    labels: row.labels.map(({ name }) => name),
    url: row.html_url,
    created_at: row.created_at,
    updated_at: row.updated_at,
    closed_at: row.closed_at,
  };
}
