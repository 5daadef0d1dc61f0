ALTER TABLE "environments" ADD COLUMN "previous_signing_key" "bytea";--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "previous_signing_key_until" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "credentials_renewable" ON "credentials" USING btree ("environment_id","refresh_at") WHERE "credentials"."refresh_at" IS NOT NULL AND "credentials"."needs_reauth_at" IS NULL;--> statement-breakpoint
-- What the sweep needs to find credentials that are due, across tenants; nothing of what they hold.
GRANT SELECT (connection_id, environment_id, refresh_at, expires_at, needs_reauth_at, backoff_until) ON credentials TO syncline_platform;
--> statement-breakpoint
GRANT SELECT (integration_id) ON connections TO syncline_platform;
--> statement-breakpoint
CREATE POLICY platform ON credentials FOR SELECT TO syncline_platform USING (true);
