// Walks the pages itself: `nango.paginate` takes an answer without rows for the end, and Linear's refusals are answers without rows.
// https://linear.app/developers/pagination (first, after, orderBy) and https://linear.app/developers/filtering (updatedAt)
import { createSync } from '@syncline/functions';
import { z } from 'zod';
import { ask } from '../ask.js';

const Issue = z.object({
  id: z.string(),
  identifier: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  priority: z.number(),
  state: z.string(),
  team: z.string(),
  assignee: z.string().nullable(),
  url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  archived_at: z.string().nullable(),
});

// Ordered by updatedAt, the newest comes first. Archived ones are asked for, else an issue could only disappear.
const query = `query Issues($filter: IssueFilter, $after: String) {
  issues(filter: $filter, after: $after, first: 100, orderBy: updatedAt, includeArchived: true) {
    nodes {
      id identifier title description priority url createdAt updatedAt archivedAt trashed
      state { name } team { key } assignee { name }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface IssueNode {
  id: string;
  identifier: string;
  title: string;
  description: string | null;
  priority: number;
  url: string;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
  /** In the trash bin: deleted, as people see it. */
  trashed: boolean | null;
  state: { name: string };
  team: { key: string };
  assignee: { name: string } | null;
}

interface IssuePage {
  issues: { nodes: IssueNode[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

export default createSync({
  description:
    'Copies the issues of every team, and marks trashed ones deleted; after the first run only what has changed.',
  version: '1.0.0',
  frequency: 'every 15 minutes',
  scopes: ['read'],
  models: { LinearIssue: Issue },
  checkpoint: z.object({ updated_since: z.string() }),
  exec: async (nango) => {
    const checkpoint = await nango.getCheckpoint();
    const filter = checkpoint === null ? {} : { updatedAt: { gte: checkpoint.updated_since } };
    let newest: string | undefined;
    let after: string | null = null;
    do {
      const { issues }: IssuePage = await ask(nango, { query, variables: { filter, after }, retryUnsafe: true });
      newest ??= issues.nodes[0]?.updatedAt;
      const { live = [], trashed = [] } = Object.groupBy(issues.nodes, (node) => (node.trashed ? 'trashed' : 'live'));
      await nango.batchSave(live.map(toIssue), 'LinearIssue');
      await nango.batchDelete(
        trashed.map(({ id }) => ({ id })),
        'LinearIssue',
      );
      after = issues.pageInfo.hasNextPage ? issues.pageInfo.endCursor : null;
    } while (after !== null);
    // Not before the last page: newest first means that what is older has not been seen yet.
    if (newest !== undefined) await nango.saveCheckpoint({ updated_since: newest });
  },
});

function toIssue(node: IssueNode): z.infer<typeof Issue> {
  return {
    id: node.id,
    identifier: node.identifier,
    title: node.title,
    description: node.description,
    priority: node.priority,
    state: node.state.name,
    team: node.team.key,
    assignee: node.assignee?.name ?? null,
    url: node.url,
    created_at: node.createdAt,
    updated_at: node.updatedAt,
    archived_at: node.archivedAt,
  };
}
