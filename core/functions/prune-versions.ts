// Versions and bundles that nothing needs any more. Needed are: what is current, what an open run or action is pinned to, and what a
// kept deploy names, because a rollback may bring it back.
import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';

/** Under the deploy lock. Row-level security keeps it in the environment. */
export async function pruneVersions(tx: Transaction): Promise<void> {
  // Removing a sync purges the streams of the models that its versions name: those versions stay as long as it has syncs.
  await tx.execute(sql`
    WITH named AS MATERIALIZED (
      SELECT DISTINCT ref->>'id' AS id
      FROM deploys d, jsonb_array_elements(d.changes) c, LATERAL (VALUES (c->'from'), (c->'to')) AS refs(ref)
    )
    DELETE FROM function_versions v
    WHERE NOT EXISTS (SELECT 1 FROM named WHERE named.id = v.id::text)
      AND NOT EXISTS (
        SELECT 1 FROM functions f
        WHERE f.current_version_id = v.id
          AND (f.deleted_at IS NULL OR EXISTS (SELECT 1 FROM syncs s WHERE s.function_id = f.id)))
      AND NOT EXISTS (
        SELECT 1 FROM syncs s JOIN runs r ON r.id = s.open_run_id
        WHERE s.function_id = v.function_id AND r.version_id = v.id)
      AND NOT EXISTS (SELECT 1 FROM async_actions a WHERE a.version_id = v.id AND a.finished_at IS NULL)
      AND (
        NOT EXISTS (SELECT 1 FROM syncs s WHERE s.function_id = v.function_id)
        OR (v.definition->'models') <@ (
          SELECT now.definition->'models' FROM functions f JOIN function_versions now ON now.id = f.current_version_id
          WHERE f.id = v.function_id))`);
  await tx.execute(sql`
    DELETE FROM functions f
    WHERE f.deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM function_versions v WHERE v.function_id = f.id)`);
  await tx.execute(sql`
    DELETE FROM bundles b WHERE NOT EXISTS (SELECT 1 FROM function_versions v WHERE v.bundle_hash = b.hash)`);
}
