SET LOCAL lock_timeout = '2s';--> statement-breakpoint
CREATE TABLE "identity"."station_token_failures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"address" varchar(45),
	"station_id" uuid,
	"token_id" uuid,
	"failures" integer NOT NULL,
	"began_at" timestamp with time zone NOT NULL,
	CONSTRAINT "uq_station_token_failures_subject" UNIQUE NULLS NOT DISTINCT("address","station_id","token_id")
);--> statement-breakpoint
CREATE INDEX "idx_station_token_failures_began_at" ON "identity"."station_token_failures" ("began_at");