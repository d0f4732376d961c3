SET LOCAL lock_timeout = '2s';--> statement-breakpoint
-- Takes every lock of this migration first, and gives way to clients that wait for it.
DO $$
DECLARE
  wanted text[] := ARRAY[
    '"identity"."station_access_tokens" IN ACCESS EXCLUSIVE MODE',
    '"identity"."station_audit_logs" IN ACCESS EXCLUSIVE MODE',
    '"identity"."stations" IN ACCESS EXCLUSIVE MODE',
    '"identity"."users" IN ACCESS EXCLUSIVE MODE',
    '"public"."ai_conversations" IN ACCESS EXCLUSIVE MODE',
    '"public"."business_social_accounts" IN ACCESS EXCLUSIVE MODE',
    '"public"."email_threads" IN ACCESS EXCLUSIVE MODE',
    '"public"."escalations" IN ACCESS EXCLUSIVE MODE',
    '"public"."lead_social_threads" IN ACCESS EXCLUSIVE MODE',
    '"public"."leads" IN ACCESS EXCLUSIVE MODE'
  ];
  wanted_lock text;
  taken integer;
  give_up timestamptz;
BEGIN
  FOR attempt IN 1..8 LOOP
    taken := 0;
    give_up := NULL;
    BEGIN
      FOREACH wanted_lock IN ARRAY wanted LOOP
        EXECUTE 'LOCK TABLE ' || wanted_lock;
        taken := taken + 1;
        IF give_up IS NULL THEN
          give_up := clock_timestamp() + current_setting('deadlock_timeout')::interval / 4;
        END IF;
        PERFORM set_config(
          'lock_timeout', greatest(1, ceil(extract(epoch FROM give_up - clock_timestamp()) * 1000))::text, true);
      END LOOP;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      -- The locks and the setting are as they were before the first table.
      IF taken = 0 OR attempt = 8 THEN RAISE; END IF;
      wanted := wanted[taken + 1] || wanted[:taken] || wanted[taken + 2:];
    END;
  END LOOP;
END $$;--> statement-breakpoint
CREATE TABLE "identity"."station_audit_chains" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"station_id" uuid NOT NULL,
	"length" bigint NOT NULL,
	"head_hash" bytea
);--> statement-breakpoint
CREATE TABLE "identity"."station_audit_origins" (
	"station_id" uuid PRIMARY KEY,
	"rows" bigint NOT NULL,
	"digest" bytea NOT NULL
);--> statement-breakpoint
CREATE TABLE "identity"."station_audit_seals" (
	"log_id" uuid PRIMARY KEY,
	"chain_id" uuid NOT NULL,
	"number" bigint NOT NULL,
	"previous_hash" bytea,
	"witness_chain_id" uuid,
	"witness_number" bigint,
	"witness_hash" bytea,
	"chains" integer NOT NULL,
	"user_id" uuid,
	"sealed_at" timestamp with time zone NOT NULL,
	"hash" bytea NOT NULL,
	CONSTRAINT "uq_station_audit_seals_place" UNIQUE("chain_id","number")
);--> statement-breakpoint
CREATE TABLE "identity"."station_token_failures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"address" varchar(45),
	"station_id" uuid,
	"token_id" uuid,
	"failures" integer NOT NULL,
	"began_at" timestamp with time zone NOT NULL,
	CONSTRAINT "uq_station_token_failures_subject" UNIQUE NULLS NOT DISTINCT("address","station_id","token_id")
);--> statement-breakpoint
DO $$ -- The foreign key of identity.station_audit_logs (station_id), whatever its name.
DECLARE
  foreign_key name;
BEGIN
  FOR foreign_key IN
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid = '"identity"."station_audit_logs"'::regclass AND confrelid = '"identity"."stations"'::regclass AND (
      SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C") FROM pg_attribute
      WHERE attrelid = conrelid AND attnum = ANY (conkey)
    ) = ARRAY['station_id']
  LOOP
    EXECUTE format('ALTER TABLE "identity"."station_audit_logs" DROP CONSTRAINT %I', foreign_key);
  END LOOP;
END $$;--> statement-breakpoint
DO $$ -- The foreign key of identity.station_audit_logs (user_id), whatever its name.
DECLARE
  foreign_key name;
BEGIN
  FOR foreign_key IN
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid = '"identity"."station_audit_logs"'::regclass AND confrelid = '"identity"."users"'::regclass AND (
      SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C") FROM pg_attribute
      WHERE attrelid = conrelid AND attnum = ANY (conkey)
    ) = ARRAY['user_id']
  LOOP
    EXECUTE format('ALTER TABLE "identity"."station_audit_logs" DROP CONSTRAINT %I', foreign_key);
  END LOOP;
END $$;--> statement-breakpoint
ALTER TABLE "ai_conversations" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "business_social_accounts" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "email_threads" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "escalations" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "lead_social_threads" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "family_id" uuid;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "family_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "replaced_by" uuid;--> statement-breakpoint
CREATE INDEX "idx_ai_conversations_station_id" ON "ai_conversations" ("station_id");--> statement-breakpoint
CREATE INDEX "ix_business_social_accounts_station_id" ON "business_social_accounts" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_email_threads_station_id" ON "email_threads" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_escalations_station_id" ON "escalations" ("station_id");--> statement-breakpoint
CREATE INDEX "ix_leads_station_id" ON "leads" ("station_id");--> statement-breakpoint
CREATE INDEX "ix_lead_social_threads_station_id" ON "lead_social_threads" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_station_audit_chains_station_id" ON "identity"."station_audit_chains" ("station_id","id");--> statement-breakpoint
CREATE INDEX "idx_station_token_failures_began_at" ON "identity"."station_token_failures" ("began_at");--> statement-breakpoint
ALTER TABLE "ai_conversations" ADD CONSTRAINT "ai_conversations_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "business_social_accounts" ADD CONSTRAINT "business_social_accounts_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "email_threads" ADD CONSTRAINT "email_threads_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "lead_social_threads" ADD CONSTRAINT "lead_social_threads_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;
