CREATE TABLE "async_actions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"function_id" uuid NOT NULL,
	"name" text NOT NULL,
	"names" jsonb NOT NULL,
	"via" text NOT NULL,
	"request_hash" "bytea" NOT NULL,
	"input" "bytea",
	"max_retries" smallint DEFAULT 0 NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"version_id" uuid,
	"attempt" integer DEFAULT 0 NOT NULL,
	"tries" smallint DEFAULT 0 NOT NULL,
	"operation_id" uuid NOT NULL,
	"output" "bytea",
	"error" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"poked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "idempotent_requests" (
	"environment_id" uuid NOT NULL,
	"api_key_id" uuid NOT NULL,
	"route" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"attempts" integer DEFAULT 1 NOT NULL,
	"claimed_until" timestamp with time zone NOT NULL,
	"status" smallint,
	"answer" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotent_requests_environment_id_api_key_id_route_key_pk" PRIMARY KEY("environment_id","api_key_id","route","key")
);
--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "stage" text;--> statement-breakpoint
CREATE INDEX "async_actions_open" ON "async_actions" USING btree ("created_at") WHERE "async_actions"."finished_at" IS NULL;--> statement-breakpoint
CREATE INDEX "async_actions_finished" ON "async_actions" USING btree ("finished_at") WHERE "async_actions"."finished_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "idempotent_requests_old" ON "idempotent_requests" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "connections_unsettled" ON "connections" USING btree ("created_at") WHERE "connections"."stage" IS NOT NULL;--> statement-breakpoint
SELECT protect_tenant_tables();
--> statement-breakpoint
-- Enough to start what a crash left unstarted, and to remove what is past its time; nothing of what it holds.
GRANT SELECT (id, environment_id, created_at, finished_at, poked_at), UPDATE (poked_at), DELETE ON async_actions TO syncline_platform;
--> statement-breakpoint
GRANT SELECT (created_at), DELETE ON idempotent_requests TO syncline_platform;
--> statement-breakpoint
GRANT SELECT (stage, created_at) ON connections TO syncline_platform;
--> statement-breakpoint
CREATE POLICY platform ON async_actions TO syncline_platform USING (true) WITH CHECK (true);
--> statement-breakpoint
CREATE POLICY platform ON idempotent_requests TO syncline_platform USING (true) WITH CHECK (true);
--> statement-breakpoint
-- Everything that a call of an action needs, in one round trip: a null id says which name is not known. The version's code and
-- definition never change, so the caller keeps them and asks for those it has not seen (read_version).
CREATE FUNCTION find_action(p_env uuid, p_integration text, p_connection text, p_name text) RETURNS TABLE (
  environment_number int, environment_name text, settings jsonb, variables jsonb,
  integration_id uuid, provider text, integration_secrets bytea, integration_config jsonb,
  connection_id uuid, connection_config jsonb, metadata jsonb,
  credential bytea, credential_version bigint, expires_at timestamptz, refresh_at timestamptz,
  function_id uuid, enabled boolean, version_id uuid
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN QUERY SELECT e.number, e.name, e.settings,
      (SELECT jsonb_object_agg(v.name, encode(v.value, 'base64')) FROM variables v),
      i.id, i.provider, i.credentials, i.config, c.id, c.connection_config, c.metadata,
      k.value, k.version, k.expires_at, k.refresh_at, f.id, f.enabled, f.current_version_id
    FROM environments e
    LEFT JOIN integrations i ON i.unique_key = p_integration AND i.deleted_at IS NULL
    LEFT JOIN connections c ON c.integration_id = i.id AND c.connection_id = p_connection AND c.deleted_at IS NULL
    LEFT JOIN credentials k ON k.connection_id = c.id
    LEFT JOIN functions f ON f.integration_id = i.id AND f.type = 'action' AND f.name = p_name AND f.deleted_at IS NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION read_version(p_env uuid, p_version uuid, OUT js text, OUT definition jsonb) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  SELECT b.js, v.definition INTO js, definition
  FROM function_versions v JOIN bundles b ON b.environment_id = v.environment_id AND b.hash = v.bundle_hash WHERE v.id = p_version;
END $$;
