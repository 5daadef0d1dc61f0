CREATE TABLE "connect_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"token_hmac" "bytea" NOT NULL,
	"end_user_id" uuid,
	"tags" jsonb,
	"allowed_integrations" jsonb,
	"defaults" "bytea",
	"overrides" jsonb,
	"webhook_url_override" text,
	"connection_id" uuid,
	"strict" boolean DEFAULT false NOT NULL,
	"browser_hash" "bytea",
	"succeeded_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "flow_results" (
	"client_hash" "bytea" PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"outcome" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oauth_flows" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"state_hash" "bytea" NOT NULL,
	"browser_hash" "bytea" NOT NULL,
	"session_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"client_hash" "bytea",
	"pinned" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "connect_sessions_token" ON "connect_sessions" USING btree ("token_hmac");--> statement-breakpoint
CREATE INDEX "connect_sessions_old" ON "connect_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "flow_results_old" ON "flow_results" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "oauth_flows_state" ON "oauth_flows" USING btree ("state_hash");--> statement-breakpoint
CREATE INDEX "oauth_flows_old" ON "oauth_flows" USING btree ("expires_at");--> statement-breakpoint
SELECT protect_tenant_tables();
--> statement-breakpoint
-- Whose token or state this is, before a tenant is known; and the removal of what is over.
GRANT SELECT (id, environment_id, token_hmac, strict, succeeded_at, expires_at), DELETE ON connect_sessions TO syncline_platform;
--> statement-breakpoint
GRANT SELECT, DELETE ON oauth_flows TO syncline_platform;
--> statement-breakpoint
GRANT SELECT (client_hash, outcome, expires_at), DELETE ON flow_results TO syncline_platform;
--> statement-breakpoint
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['connect_sessions', 'oauth_flows', 'flow_results'] LOOP
    EXECUTE format('CREATE POLICY platform ON %I TO syncline_platform USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- A session in one round trip. `unknown_integrations`: which of the named ones there are not; then nothing was made. An end
-- user who is as given is not written again.
CREATE FUNCTION create_connect_session(
  p_env uuid, p_id uuid, p_token_hmac bytea, p_defaults bytea, p_end_user_row uuid, p jsonb,
  OUT unknown_integrations jsonb, OUT unknown_connection boolean, OUT expires_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  wanted jsonb := p->'end_user';
  bound uuid;
  owner uuid;
  rules jsonb;
  is_strict boolean;
  minutes int;
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  SELECT jsonb_agg(named.key) INTO unknown_integrations FROM jsonb_array_elements_text(p->'integrations') AS named(key)
    WHERE NOT EXISTS (SELECT 1 FROM integrations i WHERE i.unique_key = named.key AND i.deleted_at IS NULL);
  unknown_connection := false;
  IF unknown_integrations IS NOT NULL THEN RETURN; END IF;
  IF p ? 'connection' THEN
    SELECT c.id INTO bound FROM connections c JOIN integrations i ON i.id = c.integration_id
      WHERE i.unique_key = p->'allowed_integrations'->>0 AND i.deleted_at IS NULL
        AND c.connection_id = p->>'connection' AND c.deleted_at IS NULL;
    unknown_connection := bound IS NULL;
    IF unknown_connection THEN RETURN; END IF;
  END IF;
  IF wanted IS NOT NULL THEN
    SELECT u.id INTO owner FROM end_users u
      WHERE u.end_user_id = wanted->>'id' AND u.email IS NOT DISTINCT FROM wanted->>'email'
        AND u.display_name IS NOT DISTINCT FROM wanted->>'display_name'
        AND u.tags IS NOT DISTINCT FROM wanted->'tags'
        AND u.organization_id IS NOT DISTINCT FROM wanted->>'organization_id'
        AND u.organization_display_name IS NOT DISTINCT FROM wanted->>'organization_display_name';
    IF owner IS NULL THEN
      INSERT INTO end_users AS u
        (id, environment_id, end_user_id, email, display_name, tags, organization_id, organization_display_name)
      VALUES (p_end_user_row, p_env, wanted->>'id', wanted->>'email', wanted->>'display_name', wanted->'tags',
        wanted->>'organization_id', wanted->>'organization_display_name')
      ON CONFLICT (environment_id, end_user_id) DO UPDATE SET email = excluded.email,
        display_name = excluded.display_name, tags = excluded.tags, organization_id = excluded.organization_id,
        organization_display_name = excluded.organization_display_name, updated_at = now()
      RETURNING u.id INTO owner;
    END IF;
  END IF;
  SELECT e.settings->'connect' INTO rules FROM environments e;
  is_strict := COALESCE((rules->>'strict')::boolean, false);
  minutes := COALESCE((rules->>'sessionMinutes')::int, 30);
  IF is_strict THEN minutes := least(minutes, 15); END IF;
  expires_at := now() + make_interval(mins => minutes);
  INSERT INTO connect_sessions (id, environment_id, token_hmac, end_user_id, tags, allowed_integrations, defaults, overrides,
      webhook_url_override, connection_id, strict, expires_at)
    VALUES (p_id, p_env, p_token_hmac, owner, p->'tags', p->'allowed_integrations', p_defaults, p->'overrides',
      p->>'webhook_url_override', bound, is_strict, create_connect_session.expires_at);
END $$;
