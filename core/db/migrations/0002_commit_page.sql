-- The commit of a page, and its relatives: each is one statement for the driver, so it is atomic whatever happens to the
-- connection, and takes one round trip. Each sets the tenant itself; row-level security applies to everything inside.
--
-- SL001 run_superseded: another attempt has taken the fence.   SL002 stream_gone: the connection was deleted meanwhile.

CREATE FUNCTION assert_fence(p_sync uuid, p_fence bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- FOR SHARE: the next attempt's fence waits for this commit, and this commit cannot slip in behind it.
  PERFORM 1 FROM syncs WHERE id = p_sync AND fence = p_fence FOR SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'run_superseded' USING ERRCODE = 'SL001'; END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION count_page(p_env uuid, p_run uuid, p_model text, p_pages int, p_added int, p_updated int, p_deleted int, p_unchanged int)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO run_counts AS c (run_id, model, environment_id, pages, added, updated, deleted, unchanged)
  VALUES (p_run, p_model, p_env, p_pages, p_added, p_updated, p_deleted, p_unchanged)
  ON CONFLICT (run_id, model) DO UPDATE SET
    pages = c.pages + excluded.pages, added = c.added + excluded.added, updated = c.updated + excluded.updated,
    deleted = c.deleted + excluded.deleted, unchanged = c.unchanged + excluded.unchanged
$$;
--> statement-breakpoint
-- A save is acknowledged in a replay because this row committed with it.
CREATE FUNCTION journal_save(p_env uuid, p_run uuid, p_segment int, p_key bytea, p_occurrence int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO journal (environment_id, run_id, segment, key, occurrence, kind)
  VALUES (p_env, p_run, p_segment, p_key, p_occurrence, 2) ON CONFLICT DO NOTHING
$$;
--> statement-breakpoint
-- Ids must be distinct (the host keeps the last of equal ones). A null body says "believed unchanged": if the row did
-- change, `body NOT NULL` refuses the statement (23502) and the caller sends all bodies.
CREATE FUNCTION commit_page(
  p_env uuid, p_stream bigint, p_sync uuid, p_fence bigint, p_run uuid, p_model text,
  p_ids text[], p_hashes bytea[], p_bodies bytea[],
  p_segment int, p_key bytea, p_occurrence int,
  p_checkpoint jsonb, p_event_id uuid, p_event_type text, p_event jsonb,
  OUT added int, OUT updated int, OUT unchanged int, OUT last_seq bigint
) LANGUAGE plpgsql
  -- One walk of the primary key must find the rows, and a hash put them beside their ids. Without statistics the planner
  -- believes a tenant's part of the stream to be one row and compares it with every id: 1,000 rows/s instead of 20,000. So no
  -- other plan is left, and it can be kept: planning anew cost a tenth of a page of 100.
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_nestloop = off SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE v_window bigint; v_changed int;
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  IF p_sync IS NOT NULL THEN PERFORM assert_fence(p_sync, p_fence); END IF;
  SELECT s.last_seq, s.window_id INTO last_seq, v_window FROM streams s WHERE s.id = p_stream FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'stream_gone' USING ERRCODE = 'SL002'; END IF;

  WITH incoming AS (
    SELECT i.e, i.h, i.b, i.o FROM unnest(p_ids, p_hashes, p_bodies) WITH ORDINALITY AS i(e, h, b, o)
  ), changed AS (
    SELECT i.e, i.h, i.b, r.external_id IS NULL OR r.deleted_at IS NOT NULL AS is_new, row_number() OVER (ORDER BY i.o) AS n
    FROM incoming i LEFT JOIN (
      SELECT x.external_id, x.content_hash, x.deleted_at FROM records x WHERE x.stream_id = p_stream AND x.external_id = ANY (p_ids) OFFSET 0
    ) r ON r.external_id = i.e
    WHERE r.external_id IS NULL OR r.content_hash <> i.h OR r.deleted_at IS NOT NULL
  ), written AS (
    INSERT INTO records AS r (stream_id, external_id, environment_id, seq, action, content_hash, body, first_seen_at, changed_at)
    SELECT p_stream, c.e, p_env, last_seq + c.n, CASE WHEN c.is_new THEN 1 ELSE 2 END, c.h, c.b, clock_timestamp(), clock_timestamp()
    FROM changed c
    ON CONFLICT (stream_id, external_id) DO UPDATE SET
      seq = excluded.seq, action = excluded.action, content_hash = excluded.content_hash, body = excluded.body,
      first_seen_at = CASE WHEN r.deleted_at IS NULL THEN r.first_seen_at ELSE excluded.first_seen_at END,
      changed_at = excluded.changed_at, deleted_at = NULL, pruned_at = NULL
  )
  SELECT count(*) FILTER (WHERE c.is_new), count(*) FILTER (WHERE NOT c.is_new) INTO added, updated FROM changed c;

  v_changed := added + updated;
  unchanged := cardinality(p_ids) - v_changed;
  IF v_changed > 0 THEN
    UPDATE streams s SET last_seq = s.last_seq + v_changed, live_count = s.live_count + added WHERE s.id = p_stream
    RETURNING s.last_seq INTO last_seq;
  END IF;
  IF v_window IS NOT NULL THEN
    INSERT INTO seen_pages (environment_id, window_id, ids) VALUES (p_env, v_window, p_ids);
  END IF;
  IF p_run IS NOT NULL THEN PERFORM count_page(p_env, p_run, p_model, 1, added, updated, 0, unchanged); END IF;
  IF p_key IS NOT NULL THEN PERFORM journal_save(p_env, p_run, p_segment, p_key, p_occurrence); END IF;
  IF p_checkpoint IS NOT NULL THEN UPDATE syncs SET checkpoint = p_checkpoint WHERE id = p_sync; END IF;
  IF p_event IS NOT NULL THEN
    INSERT INTO events (id, environment_id, type, payload) VALUES (p_event_id, p_env, p_event_type, p_event);
  END IF;
END $$;
--> statement-breakpoint
-- Which of these would change? Ordinals (from 1) of the rows whose body the commit will want. No lock: the commit decides.
CREATE FUNCTION look_page(p_env uuid, p_stream bigint, p_ids text[], p_hashes bytea[]) RETURNS int[] LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_nestloop = off SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE v_wanted int[];
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  SELECT array_agg(i.o) INTO v_wanted
  FROM unnest(p_ids, p_hashes) WITH ORDINALITY AS i(e, h, o) LEFT JOIN (
    SELECT x.external_id, x.content_hash, x.deleted_at FROM records x WHERE x.stream_id = p_stream AND x.external_id = ANY (p_ids) OFFSET 0
  ) r ON r.external_id = i.e
  WHERE r.external_id IS NULL OR r.content_hash <> i.h OR r.deleted_at IS NOT NULL;
  RETURN COALESCE(v_wanted, '{}');
END $$;
--> statement-breakpoint
-- Explicit deletes. Unknown and already deleted ids change nothing and take no number; the last payload stays.
CREATE FUNCTION delete_records(
  p_env uuid, p_stream bigint, p_sync uuid, p_fence bigint, p_run uuid, p_model text,
  p_ids text[], p_deleted_at timestamptz[], p_segment int, p_key bytea, p_occurrence int, OUT deleted int
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE v_last bigint; v_now timestamptz := clock_timestamp();
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  IF p_sync IS NOT NULL THEN PERFORM assert_fence(p_sync, p_fence); END IF;
  SELECT s.last_seq INTO v_last FROM streams s WHERE s.id = p_stream FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'stream_gone' USING ERRCODE = 'SL002'; END IF;
  WITH gone AS (
    SELECT i.e, i.d, row_number() OVER (ORDER BY i.o) AS n
    FROM unnest(p_ids, p_deleted_at) WITH ORDINALITY AS i(e, d, o), LATERAL (
      SELECT 1 FROM records x WHERE x.stream_id = p_stream AND x.external_id = i.e AND x.deleted_at IS NULL OFFSET 0
    ) r
  ), written AS (
    UPDATE records r SET seq = v_last + g.n, action = 3, changed_at = v_now, deleted_at = COALESCE(g.d, v_now)
    FROM gone g WHERE r.stream_id = p_stream AND r.external_id = g.e
  )
  SELECT count(*) INTO deleted FROM gone;
  IF deleted > 0 THEN
    UPDATE streams s SET last_seq = s.last_seq + deleted, live_count = s.live_count - deleted WHERE s.id = p_stream;
  END IF;
  IF p_run IS NOT NULL THEN PERFORM count_page(p_env, p_run, p_model, 0, 0, 0, deleted, 0); END IF;
  IF p_key IS NOT NULL THEN PERFORM journal_save(p_env, p_run, p_segment, p_key, p_occurrence); END IF;
END $$;
--> statement-breakpoint
-- Live records that none of these passes was served, up to a change number (later ones were not there to be served).
-- Quarantined ids are exempt: they were served, only not readable.
--
-- Hashed, never nested loops: the planner takes an unnested page for ten rows and a tenant's stream for one, and compares
-- each record with each mark: 3.7 s for 6,000 records, growing with the square.
CREATE FUNCTION unseen_records(p_stream bigint, p_windows bigint[], p_max_seq bigint, p_limit int) RETURNS TABLE (external_id text)
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
CREATE FUNCTION delete_unseen(p_env uuid, p_stream bigint, p_windows bigint[], p_max_seq bigint, p_run uuid, p_model text, p_limit int)
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
--> statement-breakpoint
CREATE FUNCTION save_checkpoint(p_env uuid, p_sync uuid, p_fence bigint, p_run uuid, p_checkpoint jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE v_segment int;
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  UPDATE syncs SET checkpoint = p_checkpoint WHERE id = p_sync AND fence = p_fence;
  IF NOT FOUND THEN RAISE EXCEPTION 'run_superseded' USING ERRCODE = 'SL001'; END IF;
  -- A restart begins from the checkpoint: what lies before it is never replayed.
  UPDATE runs SET checkpoint_to = p_checkpoint, journal_segment = journal_segment + 1 WHERE id = p_run RETURNING journal_segment INTO v_segment;
  DELETE FROM journal WHERE run_id = p_run AND segment < v_segment;
  RETURN v_segment;
END $$;
--> statement-breakpoint
-- From the caller's names to a stream and the history its cursors belong to, in one round trip: no row means that there is no
-- such connection, a null id that it has no such model. The timeline is asked for where it may be (core/records/cluster.ts).
CREATE FUNCTION find_stream(
  p_env uuid, p_integration text, p_connection text, p_model text, p_variant text, p_timeline boolean
) RETURNS TABLE (id bigint, last_seq bigint, epoch int, live_count bigint, timeline text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN QUERY SELECT s.id, s.last_seq, s.epoch, s.live_count,
      CASE WHEN p_timeline THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) ELSE '' END
    FROM integrations i
    JOIN connections c ON c.integration_id = i.id AND c.connection_id = p_connection AND c.deleted_at IS NULL
    LEFT JOIN streams s ON s.connection_id = c.id AND s.model = p_model AND s.variant = p_variant
    WHERE i.unique_key = p_integration AND i.deleted_at IS NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION read_records(
  p_env uuid, p_stream bigint, p_after bigint, p_limit int, p_actions smallint[], p_modified_after timestamptz, p_ids text[]
) RETURNS TABLE (external_id text, seq bigint, action smallint, body bytea, first_seen_at timestamptz, changed_at timestamptz,
                 deleted_at timestamptz, pruned_at timestamptz)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  IF p_ids IS NOT NULL THEN
    RETURN QUERY SELECT r.external_id, r.seq, r.action, r.body, r.first_seen_at, r.changed_at, r.deleted_at, r.pruned_at FROM records r
      WHERE r.stream_id = p_stream AND r.external_id = ANY (p_ids) AND r.seq > p_after
        AND (p_actions IS NULL OR r.action = ANY (p_actions)) AND (p_modified_after IS NULL OR r.changed_at > p_modified_after)
      ORDER BY r.seq LIMIT p_limit;
  ELSE
    RETURN QUERY SELECT r.external_id, r.seq, r.action, r.body, r.first_seen_at, r.changed_at, r.deleted_at, r.pruned_at FROM records r
      WHERE r.stream_id = p_stream AND r.seq > p_after
        AND (p_actions IS NULL OR r.action = ANY (p_actions)) AND (p_modified_after IS NULL OR r.changed_at > p_modified_after)
      ORDER BY r.seq LIMIT p_limit;
  END IF;
END $$;
--> statement-breakpoint
-- The journal of a run, one round trip a batch: what it holds of a segment, new answers, one answer.
CREATE FUNCTION journal_entries(p_env uuid, p_run uuid, p_segment int, p_max_age interval)
RETURNS TABLE (key bytea, occurrence int, kind smallint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN QUERY SELECT j.key, j.occurrence, j.kind FROM journal j
    WHERE j.run_id = p_run AND j.segment = p_segment AND j.created_at > now() - p_max_age;
END $$;
--> statement-breakpoint
CREATE FUNCTION journal_append(p_env uuid, p_run uuid, p_segments int[], p_keys bytea[], p_occurrences int[], p_kind int, p_bodies bytea[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  INSERT INTO journal (environment_id, run_id, segment, key, occurrence, kind, body)
  SELECT p_env, p_run, e.segment, e.key, e.occurrence, p_kind, e.body
  FROM unnest(p_segments, p_keys, p_occurrences, p_bodies) AS e(segment, key, occurrence, body)
  -- An answer takes the place of the note that its request was sent.
  ON CONFLICT (run_id, segment, key, occurrence) DO UPDATE SET kind = excluded.kind, body = excluded.body WHERE journal.kind = 3;
END $$;
--> statement-breakpoint
CREATE FUNCTION journal_answer(p_env uuid, p_run uuid, p_segment int, p_key bytea, p_occurrence int) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN (SELECT j.body FROM journal j WHERE j.run_id = p_run AND j.segment = p_segment AND j.key = p_key AND j.occurrence = p_occurrence);
END $$;
