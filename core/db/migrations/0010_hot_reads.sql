CREATE TABLE "connection_tags" (
	"environment_id" uuid NOT NULL,
	"key" text NOT NULL,
	"value" text NOT NULL,
	"number" bigint NOT NULL,
	CONSTRAINT "connection_tags_environment_id_key_value_number_pk" PRIMARY KEY("environment_id","key","value","number")
);
--> statement-breakpoint
DROP INDEX "connections_tags";--> statement-breakpoint
CREATE INDEX "connections_by_id" ON "connections" USING btree ("environment_id","connection_id");--> statement-breakpoint
CREATE INDEX "connections_of_integration" ON "connections" USING btree ("environment_id","integration_id","number");--> statement-breakpoint
CREATE INDEX "connections_of_end_user" ON "connections" USING btree ("environment_id","end_user_id","number");--> statement-breakpoint
CREATE INDEX "end_users_organization" ON "end_users" USING btree ("environment_id","organization_id");
--> statement-breakpoint
CREATE FUNCTION keep_connection_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM connection_tags t USING jsonb_object_keys(OLD.tags) AS k(key)
      WHERE t.environment_id = OLD.environment_id AND t.key = k.key AND t.value = OLD.tags->>k.key AND t.number = OLD.number;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
    INSERT INTO connection_tags SELECT NEW.environment_id, t.key, t.value, NEW.number FROM jsonb_each_text(NEW.tags) AS t(key, value)
      WHERE t.value IS NOT NULL ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER connection_tags_new AFTER INSERT OR DELETE ON connections FOR EACH ROW EXECUTE FUNCTION keep_connection_tags();
--> statement-breakpoint
CREATE TRIGGER connection_tags_changed AFTER UPDATE ON connections FOR EACH ROW
  WHEN (OLD.tags IS DISTINCT FROM NEW.tags OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at) EXECUTE FUNCTION keep_connection_tags();
--> statement-breakpoint
-- Forced policies hold for an owner who is no superuser, too.
ALTER TABLE connections NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
INSERT INTO connection_tags SELECT c.environment_id, t.key, t.value, c.number
  FROM connections c CROSS JOIN jsonb_each_text(c.tags) AS t(key, value) WHERE c.deleted_at IS NULL AND t.value IS NOT NULL;
--> statement-breakpoint
ALTER TABLE connections FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
SELECT protect_tenant_tables();
--> statement-breakpoint
-- Tells the caches of all processes what to forget: a connection's row, or everything of an environment. That somebody has
-- read it is no change.
CREATE FUNCTION tell_connection_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'credentials' THEN PERFORM pg_notify('connection_changed', OLD.connection_id::text);
  ELSIF TG_TABLE_NAME = 'connections' THEN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'last_fetched_at' IS DISTINCT FROM to_jsonb(NEW) - 'last_fetched_at' THEN
      PERFORM pg_notify('connection_changed', OLD.id::text);
    END IF;
  ELSE PERFORM pg_notify('connection_changed', OLD.environment_id::text);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['credentials', 'connections', 'integrations', 'end_users'] LOOP
    EXECUTE format('CREATE TRIGGER connection_changed AFTER UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION tell_connection_changed()', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- The answer of a token endpoint becomes durable in one round trip: until then a crash may lose the grant.
CREATE FUNCTION journal_token_answer(p_env uuid, p_id uuid, p_answer bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  UPDATE refresh_attempts SET answer = p_answer WHERE id = p_id;
END $$;
