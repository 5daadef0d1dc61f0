-- Cancelling a run that is paused or about to be; indexes for passes and the reconciler; deletes that trust no vanished pass.
ALTER TABLE "syncs" ADD COLUMN "cancel_run_id" uuid;--> statement-breakpoint
CREATE INDEX "delete_windows_stream" ON "delete_windows" USING btree ("stream_id");--> statement-breakpoint
CREATE INDEX "delete_windows_run" ON "delete_windows" USING btree ("ended_by_run_id");--> statement-breakpoint
CREATE INDEX "syncs_unread" ON "syncs" USING btree ("id") WHERE "syncs"."revision" > "syncs"."seen_revision";--> statement-breakpoint
CREATE INDEX "connections_deleted" ON "connections" USING btree ("deleted_at") WHERE "connections"."deleted_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "quarantined_records_stream" ON "quarantined_records" USING btree ("stream_id","external_id");--> statement-breakpoint
-- Live records that none of these passes was served, up to a change number (later ones were not there to be served).
-- Quarantined ids are exempt: they were served, only not readable.
--
-- Hashed, never nested loops: the planner takes an unnested page for ten rows and a tenant's stream for one, and compares
-- each record with each mark: 3.7 s for 6,000 records, growing with the square.
CREATE OR REPLACE FUNCTION unseen_records(p_stream bigint, p_windows bigint[], p_max_seq bigint, p_limit int) RETURNS TABLE (external_id text)
LANGUAGE sql STABLE SET enable_nestloop = off SET enable_seqscan = off AS $$
  SELECT r.external_id FROM records r
  WHERE r.stream_id = p_stream AND r.deleted_at IS NULL AND r.seq <= p_max_seq
    AND NOT EXISTS (SELECT 1 FROM (SELECT unnest(ids) AS id FROM seen_pages WHERE window_id = ANY (p_windows)) s WHERE s.id = r.external_id)
    AND NOT EXISTS (SELECT 1 FROM quarantined_records q WHERE q.stream_id = p_stream AND q.external_id = r.external_id
                      AND q.created_at >= (SELECT min(w.opened_at) FROM delete_windows w WHERE w.id = ANY (p_windows)))
  LIMIT p_limit
$$;
--> statement-breakpoint
-- One batch of a pass's deletes. 0 = nothing left; killed half-way, the next call goes on.
--
-- The pass is locked as long as its marks are read: without them every row looks unseen, and another process (a finish
-- that was taken for dead, a second confirmation, a newer complete run) may be closing it. Gone = nothing to delete.
CREATE OR REPLACE FUNCTION delete_unseen(p_env uuid, p_stream bigint, p_windows bigint[], p_max_seq bigint, p_run uuid, p_model text, p_limit int)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE v_ids text[]; v_open bigint;
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  SELECT s.window_id INTO v_open FROM streams s WHERE s.id = p_stream FOR UPDATE; -- before looking, so that no save slips in between
  PERFORM 1 FROM delete_windows w WHERE w.id = ANY (p_windows) ORDER BY w.id FOR UPDATE;
  IF (SELECT count(*) FROM delete_windows w WHERE w.id = ANY (p_windows) AND w.stream_id = p_stream) < cardinality(p_windows) THEN
    RETURN 0;
  END IF;
  -- What a pass that is open now has been served meanwhile lives.
  SELECT array_agg(u.external_id) INTO v_ids FROM unseen_records(p_stream, array_append(p_windows, v_open), p_max_seq, p_limit) u;
  IF v_ids IS NULL THEN RETURN 0; END IF;
  RETURN (SELECT d.deleted FROM delete_records(p_env, p_stream, NULL, NULL, p_run, p_model, v_ids,
            array_fill(NULL::timestamptz, ARRAY[cardinality(v_ids)]), NULL, NULL, NULL) d);
END $$;
