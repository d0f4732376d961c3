SET LOCAL lock_timeout = '2s';--> statement-breakpoint
CREATE TABLE "identity"."station_token_failures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid,
	"address" varchar(45) NOT NULL,
	"failures" integer NOT NULL,
	"last_failed_at" timestamp with time zone NOT NULL,
	"locked_until" timestamp with time zone,
	CONSTRAINT "uq_station_token_failures_origin" UNIQUE NULLS NOT DISTINCT("user_id","address")
);--> statement-breakpoint
CREATE INDEX "idx_station_token_failures_last_failed_at" ON "identity"."station_token_failures" ("last_failed_at");--> statement-breakpoint
ALTER TABLE "identity"."station_token_failures" ADD CONSTRAINT "station_token_failures_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE CASCADE;
