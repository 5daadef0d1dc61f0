// The text of a new function: small, complete, and it compiles.
import type { NewKind } from './create.ts';

export function renderFunction(kind: NewKind, name: string): string {
  if (kind === 'sync') return sync(modelName(name), name);
  return kind === 'action' ? action(name) : onEvent();
}

/** `pull-requests` → `PullRequests`. */
function modelName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Z].+/.test(joined) ? joined : `Model${joined}`;
}

const sync = (model: string, name: string) => `import { createSync } from '@syncline/functions';
import { z } from 'zod';

const ${model} = z.object({
  id: z.string(),
});

export default createSync({
  description: 'Copies every ${name}.',
  frequency: 'every hour',
  models: { ${model} },
  exec: async (nango) => {
    // Everything that still exists is saved between start and end; the rest is marked deleted.
    await nango.trackDeletesStart('${model}');
    for await (const page of nango.paginate<{ id: string | number }>({ endpoint: '/${name}', retries: 3 })) {
      await nango.batchSave(
        page.map(({ id }) => ({ id: String(id) })),
        '${model}',
      );
    }
    await nango.trackDeletesEnd('${model}');
  },
});
`;

const action = (name: string) => `import { createAction } from '@syncline/functions';
import { z } from 'zod';

export default createAction({
  description: 'Says in a sentence what ${name} does.',
  input: z.object({ name: z.string() }),
  output: z.object({ id: z.string() }),
  exec: async (nango, input) => {
    const { data } = await nango.post<{ id: string | number }>({ endpoint: '/${name}', data: { name: input.name } });
    return { id: String(data.id) };
  },
});
`;

const onEvent = () => `import { createOnEvent } from '@syncline/functions';

export default createOnEvent({
  description: 'Runs after a connection was made.',
  // Or 'pre-connection-deletion', 'validate-connection'.
  event: 'post-connection-creation',
  exec: async (nango) => {
    await nango.log('Welcome.');
  },
});
`;
