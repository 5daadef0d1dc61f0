-- Generated from core/db/schema, then by hand: UNLOGGED journal, partitioned records and messages.
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"display_name" text NOT NULL,
	"prefix" text NOT NULL,
	"hmac" "bytea" NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "data_keys" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "data_keys_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"kek_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"retired_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" integer GENERATED ALWAYS AS IDENTITY (sequence name "environments_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"is_production" boolean DEFAULT false NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"webhook_signing_key" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "environments_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "instance_facts" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "variables" (
	"environment_id" uuid NOT NULL,
	"name" text NOT NULL,
	"value" "bytea" NOT NULL,
	CONSTRAINT "variables_environment_id_name_pk" PRIMARY KEY("environment_id","name")
);
--> statement-breakpoint
CREATE TABLE "integrations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"unique_key" text NOT NULL,
	"provider" text NOT NULL,
	"display_name" text NOT NULL,
	"forward_webhooks" boolean DEFAULT true NOT NULL,
	"credentials" "bytea",
	"config" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "connections" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "connections_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"connection_id" text NOT NULL,
	"end_user_id" uuid,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"connection_config" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"tags" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"webhook_url_override" text,
	"errors" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_fetched_at" timestamp with time zone,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "credentials" (
	"connection_id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"type" text NOT NULL,
	"value" "bytea" NOT NULL,
	"expires_at" timestamp with time zone,
	"refresh_at" timestamp with time zone,
	"refused_at" timestamp with time zone,
	"needs_reauth_at" timestamp with time zone,
	"backoff_until" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "end_users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"end_user_id" text NOT NULL,
	"email" text,
	"display_name" text,
	"tags" jsonb,
	"organization_id" text,
	"organization_display_name" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "refresh_attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"version" bigint NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"answer" "bytea",
	"outcome" text
);
--> statement-breakpoint
CREATE TABLE "bundles" (
	"environment_id" uuid NOT NULL,
	"hash" text NOT NULL,
	"js" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "bundles_environment_id_hash_pk" PRIMARY KEY("environment_id","hash")
);
--> statement-breakpoint
CREATE TABLE "function_versions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"function_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"label" text,
	"bundle_hash" text NOT NULL,
	"source" text NOT NULL,
	"definition" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "functions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" integer GENERATED ALWAYS AS IDENTITY (sequence name "functions_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"type" text NOT NULL,
	"name" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"current_version_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "delete_windows" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "delete_windows_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"stream_id" bigint NOT NULL,
	"sync_id" uuid NOT NULL,
	"bundle_hash" text NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_by_run_id" uuid,
	"incomplete" text,
	"confirmed" boolean DEFAULT false NOT NULL,
	"max_seq" bigint,
	"held_count" integer,
	"saw_nothing" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "journal" (
	"run_id" uuid NOT NULL,
	"segment" integer NOT NULL,
	"key" "bytea" NOT NULL,
	"occurrence" integer NOT NULL,
	"environment_id" uuid NOT NULL,
	"kind" smallint NOT NULL,
	"body" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "journal_run_id_segment_key_occurrence_pk" PRIMARY KEY("run_id","segment","key","occurrence")
);
--> statement-breakpoint
CREATE TABLE "run_counts" (
	"run_id" uuid NOT NULL,
	"model" text NOT NULL,
	"environment_id" uuid NOT NULL,
	"pages" integer DEFAULT 0 NOT NULL,
	"added" integer DEFAULT 0 NOT NULL,
	"updated" integer DEFAULT 0 NOT NULL,
	"deleted" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"quarantined" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "run_counts_run_id_model_pk" PRIMARY KEY("run_id","model")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"sync_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"trigger" text NOT NULL,
	"mode" text NOT NULL,
	"version_id" uuid NOT NULL,
	"bundle_hash" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"requests" integer DEFAULT 0 NOT NULL,
	"journal_segment" integer DEFAULT 0 NOT NULL,
	"checkpoint_from" jsonb,
	"checkpoint_to" jsonb,
	"pending_deletes" jsonb,
	"error" jsonb,
	"operation_id" uuid NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "seen_pages" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "seen_pages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"window_id" bigint NOT NULL,
	"ids" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "syncs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"function_id" uuid NOT NULL,
	"name" text NOT NULL,
	"variant" text DEFAULT 'base' NOT NULL,
	"desired" text NOT NULL,
	"requested" text,
	"requested_mode" text DEFAULT 'incremental' NOT NULL,
	"frequency" text,
	"period_ms" bigint,
	"next_run_at" timestamp with time zone NOT NULL,
	"run_no" integer DEFAULT 1 NOT NULL,
	"open_run_id" uuid,
	"last_run_id" uuid,
	"cancel_run_id" uuid,
	"fence" bigint DEFAULT 0 NOT NULL,
	"checkpoint" jsonb,
	"last_success_at" timestamp with time zone,
	"revision" bigint DEFAULT 1 NOT NULL,
	"seen_revision" bigint DEFAULT 0 NOT NULL,
	"poked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "quarantined_records" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "quarantined_records_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"stream_id" bigint NOT NULL,
	"run_id" uuid,
	"external_id" text,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "records" (
	"stream_id" bigint NOT NULL,
	"external_id" text NOT NULL,
	"environment_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"action" smallint NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"body" "bytea" NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	"deleted_at" timestamp with time zone,
	"pruned_at" timestamp with time zone,
	CONSTRAINT "records_stream_id_external_id_pk" PRIMARY KEY("stream_id","external_id")
) PARTITION BY HASH ("stream_id");
--> statement-breakpoint
CREATE TABLE "streams" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "streams_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"model" text NOT NULL,
	"variant" text DEFAULT 'base' NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"epoch" integer DEFAULT 1 NOT NULL,
	"live_count" bigint DEFAULT 0 NOT NULL,
	"window_id" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"type" text NOT NULL,
	"connection_id" uuid,
	"payload" jsonb NOT NULL,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "messages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"environment_id" uuid NOT NULL,
	"operation_id" uuid NOT NULL,
	"type" text NOT NULL,
	"source" text NOT NULL,
	"level" text NOT NULL,
	"context" text NOT NULL,
	"message" text NOT NULL,
	"details" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messages_id_created_at_pk" PRIMARY KEY("id","created_at")
) PARTITION BY RANGE ("created_at");
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment_id" uuid NOT NULL,
	"type" text NOT NULL,
	"action" text NOT NULL,
	"state" text NOT NULL,
	"title" text NOT NULL,
	"integration_id" uuid,
	"connection_id" uuid,
	"sync_id" uuid,
	"run_id" uuid,
	"context" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"actor" jsonb,
	"request" jsonb,
	"response" jsonb,
	"error" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "seen_pages" ADD CONSTRAINT "seen_pages_window_id_delete_windows_id_fk" FOREIGN KEY ("window_id") REFERENCES "public"."delete_windows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hmac" ON "api_keys" USING btree ("hmac");--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_name" ON "api_keys" USING btree ("environment_id","display_name");--> statement-breakpoint
CREATE UNIQUE INDEX "data_keys_active" ON "data_keys" USING btree ("environment_id") WHERE "data_keys"."retired_at" IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "integrations_key" ON "integrations" USING btree ("environment_id","unique_key") WHERE "integrations"."deleted_at" IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "connections_key" ON "connections" USING btree ("environment_id","integration_id","connection_id") WHERE "connections"."deleted_at" IS NULL;--> statement-breakpoint
CREATE INDEX "connections_newest" ON "connections" USING btree ("environment_id","number");--> statement-breakpoint
CREATE INDEX "connections_tags" ON "connections" USING gin ("tags");--> statement-breakpoint
CREATE UNIQUE INDEX "end_users_id" ON "end_users" USING btree ("environment_id","end_user_id");--> statement-breakpoint
CREATE INDEX "refresh_attempts_connection" ON "refresh_attempts" USING btree ("connection_id");--> statement-breakpoint
CREATE INDEX "function_versions_function" ON "function_versions" USING btree ("function_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "functions_name" ON "functions" USING btree ("environment_id","integration_id","type","name") WHERE "functions"."deleted_at" IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "runs_number" ON "runs" USING btree ("sync_id","number");--> statement-breakpoint
CREATE INDEX "seen_pages_window" ON "seen_pages" USING btree ("window_id");--> statement-breakpoint
CREATE UNIQUE INDEX "syncs_key" ON "syncs" USING btree ("connection_id","function_id","variant") WHERE "syncs"."deleted_at" IS NULL;--> statement-breakpoint
CREATE INDEX "syncs_function" ON "syncs" USING btree ("function_id");--> statement-breakpoint
CREATE INDEX "syncs_due" ON "syncs" USING btree ("next_run_at");--> statement-breakpoint
CREATE INDEX "quarantined_records_run" ON "quarantined_records" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "records_seq" ON "records" USING btree ("stream_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "streams_key" ON "streams" USING btree ("connection_id","model","variant");--> statement-breakpoint
CREATE INDEX "events_newest" ON "events" USING btree ("environment_id","occurred_at");--> statement-breakpoint
CREATE INDEX "messages_operation" ON "messages" USING btree ("operation_id","id");--> statement-breakpoint
CREATE INDEX "operations_newest" ON "operations" USING btree ("environment_id","created_at","id");--> statement-breakpoint
CREATE INDEX "operations_connection" ON "operations" USING btree ("connection_id","created_at");--> statement-breakpoint
CREATE INDEX "delete_windows_stream" ON "delete_windows" USING btree ("stream_id");--> statement-breakpoint
CREATE INDEX "delete_windows_run" ON "delete_windows" USING btree ("ended_by_run_id");--> statement-breakpoint
CREATE INDEX "syncs_unread" ON "syncs" USING btree ("id") WHERE "syncs"."revision" > "syncs"."seen_revision";--> statement-breakpoint
CREATE INDEX "connections_deleted" ON "connections" USING btree ("deleted_at") WHERE "connections"."deleted_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "quarantined_records_stream" ON "quarantined_records" USING btree ("stream_id","external_id");--> statement-breakpoint
DO $$ BEGIN
  FOR i IN 0..15 LOOP
    EXECUTE format('CREATE TABLE records_%s PARTITION OF records FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
    -- Updated rows move within their page where they can; toast_tuple_target keeps 1 KB bodies inline.
    EXECUTE format('ALTER TABLE records_%s SET (fillfactor = 90)', i);
  END LOOP;
END $$;--> statement-breakpoint
CREATE TABLE "messages_default" PARTITION OF "messages" DEFAULT;--> statement-breakpoint
ALTER TABLE "run_counts" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "syncs" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "streams" SET (fillfactor = 70);
