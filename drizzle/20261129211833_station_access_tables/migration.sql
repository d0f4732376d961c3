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
    '"public"."bookings" IN SHARE ROW EXCLUSIVE MODE',
    '"public"."business_social_accounts" IN ACCESS EXCLUSIVE MODE',
    '"public"."customer_review_blog_posts" IN ACCESS EXCLUSIVE MODE',
    '"public"."customers" IN SHARE ROW EXCLUSIVE MODE',
    '"public"."discount_coupons" IN ACCESS EXCLUSIVE MODE',
    '"public"."email_threads" IN ACCESS EXCLUSIVE MODE',
    '"public"."escalations" IN ACCESS EXCLUSIVE MODE',
    '"public"."event_customer_reviews" IN ACCESS EXCLUSIVE MODE',
    '"public"."lead_social_threads" IN ACCESS EXCLUSIVE MODE',
    '"public"."leads" IN ACCESS EXCLUSIVE MODE',
    '"public"."review_escalations" IN ACCESS EXCLUSIVE MODE'
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
      -- Locks, rows and the setting are as they were before.
      IF taken = 0 OR attempt = 8 THEN RAISE; END IF;
      wanted := wanted[taken + 1] || wanted[:taken] || wanted[taken + 2:];
    END;
  END LOOP;
END $$;--> statement-breakpoint
CREATE TABLE "blog_review_slugs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"review_id" uuid NOT NULL,
	"slug" varchar(80) NOT NULL CONSTRAINT "blog_review_slugs_slug_key" UNIQUE,
	"is_current" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);--> statement-breakpoint
CREATE TABLE "coupon_redemptions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"coupon_id" uuid NOT NULL,
	"booking_id" uuid NOT NULL,
	"customer_id" uuid,
	"station_id" uuid,
	"amount_before" integer NOT NULL,
	"amount_off" integer NOT NULL,
	"redeemed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"redeemed_by" uuid,
	"reversed_at" timestamp with time zone,
	"reversed_by" uuid,
	CONSTRAINT "coupon_redemptions_amount_before_check" CHECK ("amount_before" >= 0),
	CONSTRAINT "coupon_redemptions_amount_off_check" CHECK ("amount_off" >= 0)
);--> statement-breakpoint
CREATE TABLE "event_review_requests" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"booking_id" uuid NOT NULL CONSTRAINT "event_review_requests_booking_id_key" UNIQUE,
	"customer_id" uuid,
	"station_id" uuid,
	"review_id" uuid CONSTRAINT "event_review_requests_review_id_key" UNIQUE,
	"token_hash" varchar(100) CONSTRAINT "event_review_requests_token_hash_key" UNIQUE,
	"reminder_token_hash" varchar(100) CONSTRAINT "event_review_requests_reminder_token_hash_key" UNIQUE,
	"sent_at" timestamp with time zone,
	"reminded_at" timestamp with time zone,
	"message_id" varchar(255),
	"attempts" integer DEFAULT 0 NOT NULL,
	"lease_until" timestamp with time zone,
	"lease_token" uuid,
	"failed_at" timestamp with time zone,
	"failure" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_review_requests_attempts_check" CHECK ("attempts" >= 0)
);--> statement-breakpoint
CREATE TABLE "external_reviews" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"source" varchar(20) NOT NULL,
	"location" varchar(255) NOT NULL,
	"external_id" varchar(255) NOT NULL,
	"station_id" uuid,
	"author_name" varchar(255),
	"is_anonymous" boolean DEFAULT false NOT NULL,
	"stars" integer,
	"comment_original" text,
	"comment_translated" text,
	"media" jsonb DEFAULT '[]' NOT NULL,
	"reply_text" text,
	"reply_state" varchar(20),
	"reply_violation" text,
	"reply_url" text,
	"reply_updated_at" timestamp with time zone,
	"source_created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"source_updated_at" timestamp with time zone,
	"source_update_time" varchar(40),
	"raw" jsonb DEFAULT '{}' NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"missing_since" timestamp with time zone,
	"withdrawn_at" timestamp with time zone,
	"customer_id" uuid,
	"linked_at" timestamp with time zone,
	"linked_by" uuid,
	"escalated_at" timestamp with time zone,
	"escalation_priority" varchar(20),
	"escalation_reason" text,
	"assigned_to_id" uuid,
	"resolved_at" timestamp with time zone,
	"resolved_by_id" uuid,
	"resolution_notes" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "external_reviews_source_external_id_key" UNIQUE("source","external_id"),
	CONSTRAINT "external_reviews_escalation_priority_check" CHECK ("escalation_priority"::text = ANY ((ARRAY['low'::character varying, 'medium'::character varying, 'high'::character varying])::text[])),
	CONSTRAINT "external_reviews_reply_state_check" CHECK ("reply_state"::text = ANY ((ARRAY['pending'::character varying, 'active'::character varying, 'rejected'::character varying])::text[])),
	CONSTRAINT "external_reviews_source_check" CHECK ("source"::text = ANY ((ARRAY['google'::character varying])::text[])),
	CONSTRAINT "external_reviews_stars_check" CHECK ("stars" >= 1 AND "stars" <= 5)
);--> statement-breakpoint
CREATE TABLE "external_review_syncs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"source" varchar(20) NOT NULL,
	"location" varchar(255) NOT NULL,
	"station_id" uuid,
	"position" varchar(40),
	"last_run_at" timestamp with time zone,
	"last_whole_run_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "external_review_syncs_source_location_key" UNIQUE("source","location"),
	CONSTRAINT "external_review_syncs_source_check" CHECK ("source"::text = ANY ((ARRAY['google'::character varying])::text[]))
);--> statement-breakpoint
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
ALTER TABLE "event_customer_reviews" ADD COLUMN "reviewed_on_google_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "event_customer_reviews" ADD COLUMN "reviewed_on_yelp_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "customer_review_blog_posts" ADD COLUMN "reviewed_by" uuid;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD COLUMN "customer_id" uuid;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD COLUMN "review_id" uuid;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD COLUMN "issued_by" uuid;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD COLUMN "issue_reason" varchar(255);--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD COLUMN "reminder_lease_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD COLUMN "reminder_lease_token" uuid;--> statement-breakpoint
ALTER TABLE "email_threads" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "escalations" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "lead_social_threads" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "review_escalations" ADD COLUMN "station_id" uuid;--> statement-breakpoint
ALTER TABLE "review_escalations" ADD COLUMN "resolved_by_id" uuid;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "family_id" uuid;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "family_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD COLUMN "replaced_by" uuid;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD CONSTRAINT "discount_coupons_review_id_key" UNIQUE("review_id");--> statement-breakpoint
CREATE INDEX "idx_ai_conversations_station_id" ON "ai_conversations" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_blog_review_slugs_review_id" ON "blog_review_slugs" ("review_id");--> statement-breakpoint
CREATE UNIQUE INDEX "blog_review_slugs_current_key" ON "blog_review_slugs" ("review_id") WHERE "is_current";--> statement-breakpoint
CREATE INDEX "ix_business_social_accounts_station_id" ON "business_social_accounts" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_coupon_redemptions_booking_id" ON "coupon_redemptions" ("booking_id");--> statement-breakpoint
CREATE INDEX "idx_coupon_redemptions_coupon_id" ON "coupon_redemptions" ("coupon_id");--> statement-breakpoint
CREATE INDEX "idx_coupon_redemptions_customer_id" ON "coupon_redemptions" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_coupon_redemptions_station_id" ON "coupon_redemptions" ("station_id");--> statement-breakpoint
CREATE UNIQUE INDEX "coupon_redemptions_booking_key" ON "coupon_redemptions" ("booking_id") WHERE "reversed_at" IS NULL;--> statement-breakpoint
CREATE INDEX "idx_customer_review_blog_posts_published" ON "customer_review_blog_posts" ("approved_at","id") WHERE "status" = 'approved';--> statement-breakpoint
CREATE INDEX "idx_customer_review_blog_posts_pending" ON "customer_review_blog_posts" ("created_at","id") WHERE "status" = 'pending';--> statement-breakpoint
CREATE INDEX "idx_discount_coupons_customer_id" ON "discount_coupons" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_discount_coupons_upper_code" ON "discount_coupons" (upper("code"));--> statement-breakpoint
CREATE INDEX "idx_discount_coupons_active_valid_until" ON "discount_coupons" ("valid_until") WHERE "status" = 'active';--> statement-breakpoint
CREATE INDEX "idx_email_threads_station_id" ON "email_threads" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_escalations_station_id" ON "escalations" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_event_review_requests_customer_id" ON "event_review_requests" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_event_review_requests_station_id" ON "event_review_requests" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_event_review_requests_to_send" ON "event_review_requests" ("created_at") WHERE "sent_at" IS NULL AND "failed_at" IS NULL AND "review_id" IS NULL;--> statement-breakpoint
CREATE INDEX "idx_event_review_requests_to_remind" ON "event_review_requests" ("sent_at") WHERE "sent_at" IS NOT NULL AND "reminded_at" IS NULL AND "failed_at" IS NULL AND "review_id" IS NULL;--> statement-breakpoint
CREATE INDEX "idx_external_reviews_assigned_to_id" ON "external_reviews" ("assigned_to_id");--> statement-breakpoint
CREATE INDEX "idx_external_reviews_customer_id" ON "external_reviews" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_external_reviews_location" ON "external_reviews" ("source","location");--> statement-breakpoint
CREATE INDEX "idx_external_reviews_open_escalations" ON "external_reviews" ("station_id","escalated_at","id") WHERE "escalated_at" IS NOT NULL AND "resolved_at" IS NULL;--> statement-breakpoint
CREATE INDEX "idx_external_reviews_pending_replies" ON "external_reviews" ("source","location") WHERE "reply_state" = 'pending';--> statement-breakpoint
CREATE INDEX "idx_external_reviews_station_id" ON "external_reviews" ("station_id","source_created_at","id");--> statement-breakpoint
CREATE INDEX "idx_external_review_syncs_station_id" ON "external_review_syncs" ("station_id");--> statement-breakpoint
CREATE INDEX "ix_leads_station_id" ON "leads" ("station_id");--> statement-breakpoint
CREATE INDEX "ix_lead_social_threads_station_id" ON "lead_social_threads" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_review_escalations_open" ON "review_escalations" ("station_id","created_at","id") WHERE NOT "is_resolved";--> statement-breakpoint
CREATE INDEX "idx_station_audit_chains_station_id" ON "identity"."station_audit_chains" ("station_id","id");--> statement-breakpoint
CREATE INDEX "idx_station_token_failures_began_at" ON "identity"."station_token_failures" ("began_at");--> statement-breakpoint
ALTER TABLE "ai_conversations" ADD CONSTRAINT "ai_conversations_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "blog_review_slugs" ADD CONSTRAINT "blog_review_slugs_review_id_fkey" FOREIGN KEY ("review_id") REFERENCES "customer_review_blog_posts"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "business_social_accounts" ADD CONSTRAINT "business_social_accounts_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_coupon_id_fkey" FOREIGN KEY ("coupon_id") REFERENCES "discount_coupons"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_booking_id_fkey" FOREIGN KEY ("booking_id") REFERENCES "bookings"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_redeemed_by_fkey" FOREIGN KEY ("redeemed_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_reversed_by_fkey" FOREIGN KEY ("reversed_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "customer_review_blog_posts" ADD CONSTRAINT "customer_review_blog_posts_reviewed_by_fkey" FOREIGN KEY ("reviewed_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD CONSTRAINT "discount_coupons_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD CONSTRAINT "discount_coupons_review_id_fkey" FOREIGN KEY ("review_id") REFERENCES "event_customer_reviews"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "discount_coupons" ADD CONSTRAINT "discount_coupons_issued_by_fkey" FOREIGN KEY ("issued_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "email_threads" ADD CONSTRAINT "email_threads_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "event_review_requests" ADD CONSTRAINT "event_review_requests_booking_id_fkey" FOREIGN KEY ("booking_id") REFERENCES "bookings"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "event_review_requests" ADD CONSTRAINT "event_review_requests_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "event_review_requests" ADD CONSTRAINT "event_review_requests_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "event_review_requests" ADD CONSTRAINT "event_review_requests_review_id_fkey" FOREIGN KEY ("review_id") REFERENCES "event_customer_reviews"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "external_reviews" ADD CONSTRAINT "external_reviews_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "external_reviews" ADD CONSTRAINT "external_reviews_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "external_reviews" ADD CONSTRAINT "external_reviews_linked_by_fkey" FOREIGN KEY ("linked_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "external_reviews" ADD CONSTRAINT "external_reviews_assigned_to_id_fkey" FOREIGN KEY ("assigned_to_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "external_reviews" ADD CONSTRAINT "external_reviews_resolved_by_id_fkey" FOREIGN KEY ("resolved_by_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "external_review_syncs" ADD CONSTRAINT "external_review_syncs_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "lead_social_threads" ADD CONSTRAINT "lead_social_threads_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "review_escalations" ADD CONSTRAINT "review_escalations_resolved_by_id_fkey" FOREIGN KEY ("resolved_by_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "review_escalations" ADD CONSTRAINT "review_escalations_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE SET NULL;
