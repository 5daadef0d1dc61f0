ALTER TABLE "environments" ADD COLUMN "previous_signing_key" "bytea";--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "previous_signing_key_until" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "credentials_renewable" ON "credentials" USING btree ("refresh_at") WHERE "credentials"."refresh_at" IS NOT NULL AND "credentials"."needs_reauth_at" IS NULL;