-- Two roles without login. The app's connections are `syncline_app`: they see the rows of `app.env_id` and no others, and
-- none at all without it. `syncline_platform` runs jobs that span tenants, on the few tables named below.
-- Roles belong to the cluster, so a second database on it finds them there.
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['syncline_app', 'syncline_platform'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
      EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
    EXCEPTION WHEN unique_violation OR invalid_grant_operation THEN NULL; -- another database's migration was faster
    END;
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO syncline_app, syncline_platform;
--> statement-breakpoint
-- Called at the end of every later migration that adds tables: `SELECT protect_tenant_tables()`.
CREATE FUNCTION protect_tenant_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t record;
BEGIN
  FOR t IN
    SELECT c.relname, EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant') AS has_policy
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'environment_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.relname);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.relname);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO syncline_app', t.relname);
    IF NOT t.has_policy THEN
      -- The sub-select makes the setting an InitPlan: read once a query, not once a row.
      EXECUTE format(
        'CREATE POLICY tenant ON %I TO syncline_app
           USING (environment_id = (SELECT NULLIF(current_setting(''app.env_id'', true), '''')::uuid))
           WITH CHECK (environment_id = (SELECT NULLIF(current_setting(''app.env_id'', true), '''')::uuid))', t.relname);
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
SELECT protect_tenant_tables();
--> statement-breakpoint
ALTER TABLE environments ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE environments FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
GRANT SELECT, UPDATE ON environments TO syncline_app;
--> statement-breakpoint
CREATE POLICY tenant ON environments TO syncline_app
  USING (id = (SELECT NULLIF(current_setting('app.env_id', true), '')::uuid))
  WITH CHECK (id = (SELECT NULLIF(current_setting('app.env_id', true), '')::uuid));
--> statement-breakpoint
-- What platform jobs may do across tenants: know the environments and keys, and find syncs to push on.
GRANT SELECT, INSERT, DELETE ON environments TO syncline_platform;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON data_keys TO syncline_platform;
--> statement-breakpoint
GRANT SELECT, UPDATE (last_used_at) ON api_keys TO syncline_platform;
--> statement-breakpoint
GRANT SELECT, UPDATE (poked_at) ON syncs TO syncline_platform;
--> statement-breakpoint
-- Enough to push on the purge of a deleted connection; nothing of what it holds.
GRANT SELECT (id, environment_id, deleted_at) ON connections TO syncline_platform;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON instance_facts TO syncline_platform;
--> statement-breakpoint
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['environments', 'data_keys', 'api_keys', 'syncs', 'connections'] LOOP
    EXECUTE format('CREATE POLICY platform ON %I TO syncline_platform USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
