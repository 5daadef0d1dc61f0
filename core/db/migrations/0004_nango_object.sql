CREATE TABLE "function_checkpoints" (
	"environment_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"variant" text DEFAULT 'base' NOT NULL,
	"checkpoint" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "function_checkpoints_connection_id_kind_name_variant_pk" PRIMARY KEY("connection_id","kind","name","variant")
);
--> statement-breakpoint
CREATE TABLE "merging_marks" (
	"run_id" uuid NOT NULL,
	"stream_id" bigint NOT NULL,
	"environment_id" uuid NOT NULL,
	"mark" bigint NOT NULL,
	"own" int8multirange DEFAULT '{}' NOT NULL,
	CONSTRAINT "merging_marks_run_id_stream_id_pk" PRIMARY KEY("run_id","stream_id")
);
--> statement-breakpoint
CREATE TABLE "locks" (
	"environment_id" uuid NOT NULL,
	"key" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "locks_environment_id_key_pk" PRIMARY KEY("environment_id","key")
);
--> statement-breakpoint
CREATE INDEX "locks_owner" ON "locks" USING btree ("owner_id");
--> statement-breakpoint
SELECT protect_tenant_tables();
--> statement-breakpoint
-- True when the lock is free, over, or the owner's already: then its time counts anew. A stale attempt is refused (SL001).
CREATE FUNCTION acquire_lock(p_env uuid, p_sync uuid, p_fence bigint, p_owner uuid, p_key text, p_ttl_ms double precision)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  IF p_sync IS NOT NULL THEN PERFORM assert_fence(p_sync, p_fence); END IF;
  INSERT INTO locks AS l (environment_id, key, owner_id, expires_at)
  VALUES (p_env, p_key, p_owner, clock_timestamp() + p_ttl_ms * interval '1 millisecond')
  ON CONFLICT (environment_id, key) DO UPDATE SET owner_id = excluded.owner_id, expires_at = excluded.expires_at
  WHERE l.owner_id = excluded.owner_id OR l.expires_at <= clock_timestamp();
  RETURN FOUND;
END $$;
--> statement-breakpoint
-- One lock of the owner, or with a null key all of them. What is over for a day was left by an execution that was killed.
CREATE FUNCTION release_locks(p_env uuid, p_sync uuid, p_fence bigint, p_owner uuid, p_key text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  IF p_sync IS NOT NULL THEN PERFORM assert_fence(p_sync, p_fence); END IF;
  IF p_key IS NULL THEN DELETE FROM locks WHERE expires_at < now() - interval '1 day'; END IF;
  DELETE FROM locks WHERE owner_id = p_owner AND (p_key IS NULL OR key = p_key) AND expires_at > clock_timestamp();
  RETURN FOUND;
END $$;
--> statement-breakpoint
-- The first call of a run counts, also after a resume: what somebody else changes from here on stays.
CREATE FUNCTION set_merging_mark(p_env uuid, p_stream bigint, p_sync uuid, p_fence bigint, p_run uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  PERFORM assert_fence(p_sync, p_fence);
  INSERT INTO merging_marks (run_id, stream_id, environment_id, mark)
  SELECT p_run, s.id, p_env, s.last_seq FROM streams s WHERE s.id = p_stream ON CONFLICT DO NOTHING;
END $$;
--> statement-breakpoint
-- `commit_page` for a run that overwrites with care. Apart from it, so that a plain page pays nothing.
--
-- Left alone: changed by somebody else since the run's mark; the stream's row is locked, so nobody comes in between. They
-- were served all the same and count as seen. Stale: changed since the caller read them (`p_read_at`) to merge something
-- in; the journal entry waits for the call that commits the last of them.
CREATE FUNCTION commit_page_with_care(
  p_env uuid, p_stream bigint, p_sync uuid, p_fence bigint, p_run uuid, p_model text,
  p_ids text[], p_hashes bytea[], p_bodies bytea[], p_segment int, p_key bytea, p_occurrence int, p_read_at bigint,
  OUT added int, OUT updated int, OUT unchanged int, OUT left_alone int, OUT stale text[]
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_before bigint; v_after bigint; v_window bigint; v_mark bigint; v_own int8multirange;
  v_ids text[]; v_hashes bytea[]; v_bodies bytea[]; v_left text[];
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  IF p_sync IS NOT NULL THEN PERFORM assert_fence(p_sync, p_fence); END IF;
  SELECT s.last_seq, s.window_id INTO v_before, v_window FROM streams s WHERE s.id = p_stream FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'stream_gone' USING ERRCODE = 'SL002'; END IF;
  SELECT m.mark, m.own INTO v_mark, v_own FROM merging_marks m WHERE m.run_id = p_run AND m.stream_id = p_stream;

  WITH judged AS (
    SELECT i.e, i.h, i.b, i.o,
      CASE WHEN r.seq > v_mark AND NOT v_own @> r.seq THEN 'left' WHEN r.seq > p_read_at THEN 'stale' ELSE 'kept' END AS fate
    FROM unnest(p_ids, p_hashes, p_bodies) WITH ORDINALITY AS i(e, h, b, o) LEFT JOIN LATERAL (
      SELECT x.seq FROM records x WHERE x.stream_id = p_stream AND x.external_id = i.e OFFSET 0
    ) r ON true
  )
  SELECT array_agg(j.e ORDER BY j.o) FILTER (WHERE j.fate = 'kept'), array_agg(j.h ORDER BY j.o) FILTER (WHERE j.fate = 'kept'),
    array_agg(j.b ORDER BY j.o) FILTER (WHERE j.fate = 'kept'), array_agg(j.e) FILTER (WHERE j.fate = 'left'),
    array_agg(j.e) FILTER (WHERE j.fate = 'stale')
  INTO v_ids, v_hashes, v_bodies, v_left, stale FROM judged j;

  SELECT c.added, c.updated, c.unchanged, c.last_seq INTO added, updated, unchanged, v_after
  FROM commit_page(p_env, p_stream, p_sync, p_fence, p_run, p_model, COALESCE(v_ids, '{}'), COALESCE(v_hashes, '{}'),
    COALESCE(v_bodies, '{}'), p_segment, CASE WHEN stale IS NULL THEN p_key END, p_occurrence, NULL, NULL, NULL, NULL) c;

  left_alone := COALESCE(cardinality(v_left), 0);
  IF left_alone > 0 THEN
    IF v_window IS NOT NULL THEN
      INSERT INTO seen_pages (environment_id, window_id, ids) VALUES (p_env, v_window, v_left);
    END IF;
    IF p_run IS NOT NULL THEN PERFORM count_page(p_env, p_run, p_model, 0, 0, 0, 0, left_alone); END IF;
  END IF;
  IF v_mark IS NOT NULL AND v_after > v_before THEN
    UPDATE merging_marks SET own = own + int8multirange(int8range(v_before, v_after, '(]')) WHERE run_id = p_run AND stream_id = p_stream;
  END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION delete_records_with_care(
  p_env uuid, p_stream bigint, p_sync uuid, p_fence bigint, p_run uuid, p_model text,
  p_ids text[], p_deleted_at timestamptz[], p_segment int, p_key bytea, p_occurrence int, OUT deleted int, OUT left_alone int
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE v_before bigint; v_mark bigint; v_own int8multirange; v_ids text[]; v_deleted_at timestamptz[];
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  IF p_sync IS NOT NULL THEN PERFORM assert_fence(p_sync, p_fence); END IF;
  SELECT s.last_seq INTO v_before FROM streams s WHERE s.id = p_stream FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'stream_gone' USING ERRCODE = 'SL002'; END IF;
  SELECT m.mark, m.own INTO v_mark, v_own FROM merging_marks m WHERE m.run_id = p_run AND m.stream_id = p_stream;
  SELECT COALESCE(array_agg(i.e ORDER BY i.o), '{}'), COALESCE(array_agg(i.d ORDER BY i.o), '{}') INTO v_ids, v_deleted_at
  FROM unnest(p_ids, p_deleted_at) WITH ORDINALITY AS i(e, d, o) LEFT JOIN LATERAL (
    SELECT x.seq FROM records x WHERE x.stream_id = p_stream AND x.external_id = i.e OFFSET 0
  ) r ON true
  WHERE (r.seq > v_mark AND NOT v_own @> r.seq) IS NOT TRUE;
  deleted := delete_records(p_env, p_stream, p_sync, p_fence, p_run, p_model, v_ids, v_deleted_at, p_segment, p_key, p_occurrence);
  left_alone := cardinality(p_ids) - cardinality(v_ids);
  IF v_mark IS NOT NULL AND deleted > 0 THEN
    UPDATE merging_marks SET own = own + int8multirange(int8range(v_before, v_before + deleted, '(]'))
    WHERE run_id = p_run AND stream_id = p_stream;
  END IF;
END $$;
