CREATE TABLE "deploys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"kind" text NOT NULL,
	"restored" integer,
	"actor" jsonb,
	"changes" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "deploys_number" ON "deploys" USING btree ("environment_id","number");
--> statement-breakpoint
SELECT protect_tenant_tables();
--> statement-breakpoint
-- Enough for the reconciler to leave the syncs of a disabled function alone; nothing of what it is.
GRANT SELECT (id, enabled) ON functions TO syncline_platform;
--> statement-breakpoint
CREATE POLICY platform ON functions FOR SELECT TO syncline_platform USING (true);
