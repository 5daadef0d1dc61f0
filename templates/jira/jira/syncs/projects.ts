// Fifty a page, the default: a page that is shorter than asked for ends the walk, and Jira may give fewer than a larger `maxResults`.
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-search-get
import { createSync } from '@syncline/functions';
import { z } from 'zod';

const Project = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  description: z.string(),
  type: z.string(),
  category: z.string().nullable(),
  lead: z.string().nullable(),
  url: z.string(),
});

/** What Syncline noted in the connection: one grant covers all sites of a person, and which of them was taken stands here. */
const Site = z.object({ cloudId: z.string(), baseUrl: z.string() });

interface ProjectRow {
  id: string;
  key: string;
  name: string;
  description?: string;
  projectTypeKey: string;
  projectCategory?: { name: string };
  lead?: { displayName: string };
}

export default createSync({
  description: 'Copies the projects that the connected account can see, and notices the ones that are gone.',
  version: '1.0.0',
  frequency: 'every hour',
  scopes: ['read:jira-work'],
  models: { JiraProject: Project },
  exec: async (nango) => {
    const { connection_config } = await nango.getConnection();
    const { cloudId, baseUrl } = Site.parse(connection_config);
    await nango.trackDeletesStart('JiraProject');
    const pages = nango.paginate<ProjectRow>({
      endpoint: `/ex/jira/${cloudId}/rest/api/3/project/search`,
      // By key: an order that does not change while it is read.
      params: { orderBy: 'key', expand: 'description,lead' },
      paginate: { limit: 50 },
      retries: 5,
    });
    for await (const page of pages) {
      await nango.batchSave(
        page.map((row) => toProject(row, baseUrl)),
        'JiraProject',
      );
    }
    await nango.trackDeletesEnd('JiraProject');
  },
});

function toProject(row: ProjectRow, baseUrl: string): z.infer<typeof Project> {
  return {
    id: row.id,
    key: row.key,
    name: row.name,
    description: row.description ?? '',
    type: row.projectTypeKey,
    category: row.projectCategory?.name ?? null,
    lead: row.lead?.displayName ?? null,
    url: `${baseUrl}/browse/${row.key}`,
  };
}
