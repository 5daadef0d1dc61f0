// A page of records: what may be asked of it and how it is answered, for `/records` and for the declared endpoints of models.
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type ReadRecordsQuery, readRecords } from '../core/records/read-records.ts';
import type { ApiEnv } from './context.ts';
import { functionName } from './fields.ts';

const oldestMs = 365 * 24 * 3_600_000;
export const cursor = z.string().min(1).max(1000);
const limit = z.coerce.number().int().min(1).max(10_000);

/** What is no time at all is not within the year either: both entries, as the wire has it. */
const since = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.now() - Date.parse(text) <= oldestMs, { error: 'must not be older than 365 days' });

const actions = z
  .string()
  .transform((text) => text.split(',').map((action) => action.trim().toLowerCase()))
  .pipe(z.array(z.enum(['added', 'updated', 'deleted'])))
  .openapi({ type: 'string', example: 'added,updated' });

const id = z.string().min(1).max(256);
const ids = z
  .union([id.transform((one) => [one]), z.array(id).max(100)])
  .openapi({ type: 'array', items: { type: 'string' }, maxItems: 100 });

export const pageQuery = z.strictObject({
  variant: functionName.default('base'),
  cursor: cursor.optional(),
  limit: limit.default(100),
  filter: actions.optional(),
  modified_after: since.optional(),
  delta: since.optional().openapi({ deprecated: true }),
  ids: ids.optional(),
  'ids[]': ids.optional(),
});

type Named = Pick<ReadRecordsQuery, 'providerConfigKey' | 'connectionId' | 'model'>;

export async function answerPage(
  c: Context<ApiEnv>,
  named: Named,
  { filter, modified_after, delta, ids: wanted, 'ids[]': bracketed, ...query }: z.output<typeof pageQuery>,
): Promise<Response> {
  const chunks = await readRecords(c.var.environment, {
    ...query,
    ...named,
    cursorKey: c.var.services.database.keys.purpose('cursor'),
    actions: filter,
    modifiedAfter: modified_after ?? delta,
    ids: wanted || bracketed ? [...(wanted ?? []), ...(bracketed ?? [])] : undefined,
  });
  // The bytes are the schema's JSON; nobody here has seen them as objects.
  return c.body(toStream(chunks), 200, { 'Content-Type': 'application/json' });
}

/** Pulled: a slow client holds the reading back, one that goes away ends it. */
const toStream = (chunks: AsyncGenerator<Buffer, void>) =>
  new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return();
    },
  });
