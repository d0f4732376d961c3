SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "family_id" uuid;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "family_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "replaced_by" uuid;