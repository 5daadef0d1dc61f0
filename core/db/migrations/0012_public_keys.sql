ALTER TABLE "environments" ADD COLUMN "public_key" uuid;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "public_key_enabled" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "hmac_key" "bytea";--> statement-breakpoint
ALTER TABLE "connect_sessions" ADD COLUMN "chosen_id" text;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_public_key_unique" UNIQUE("public_key");--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_public_key" CHECK (NOT "environments"."public_key_enabled" OR ("environments"."public_key" IS NOT NULL AND "environments"."hmac_key" IS NOT NULL));--> statement-breakpoint
DROP FUNCTION open_connect_session(uuid, uuid);
--> statement-breakpoint
-- A session of a chosen id renews the connection of that id once there is one.
CREATE FUNCTION open_connect_session(p_env uuid, p_id uuid)
RETURNS TABLE (
  allowed_integrations jsonb, defaults bytea, overrides jsonb, tags jsonb, webhook_url_override text, connection_id uuid,
  chosen_id text, strict boolean, require_confirmation boolean, expires_at timestamptz, end_user jsonb, rules jsonb
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN QUERY SELECT s.allowed_integrations, s.defaults, s.overrides, s.tags, s.webhook_url_override,
      CASE WHEN s.chosen_id IS NULL THEN s.connection_id ELSE (
        SELECT c.id FROM connections c JOIN integrations i ON i.id = c.integration_id
        WHERE i.unique_key = s.allowed_integrations->>0 AND i.deleted_at IS NULL
          AND c.connection_id = s.chosen_id AND c.deleted_at IS NULL
      ) END,
      s.chosen_id, s.strict, s.require_confirmation, s.expires_at, to_jsonb(u), e.settings->'connect'
    FROM connect_sessions s CROSS JOIN environments e LEFT JOIN end_users u ON u.id = s.end_user_id WHERE s.id = p_id;
END $$;
