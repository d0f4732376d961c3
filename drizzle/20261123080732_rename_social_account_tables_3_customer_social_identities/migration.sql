SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "social_identities" RENAME TO "customer_social_identities";--> statement-breakpoint
ALTER TABLE "customer_social_identities" RENAME CONSTRAINT "social_identities_pkey" TO "customer_social_identities_pkey";--> statement-breakpoint
ALTER INDEX "ix_social_identities_customer_id" RENAME TO "ix_customer_social_identities_customer_id";--> statement-breakpoint
ALTER INDEX "ix_social_identities_platform" RENAME TO "ix_customer_social_identities_platform";--> statement-breakpoint
ALTER INDEX "ix_social_identities_platform_handle" RENAME TO "ix_customer_social_identities_platform_handle";--> statement-breakpoint
CREATE VIEW "social_identities" WITH (security_invoker = true) AS (select "id", "platform", "handle", "display_name", "profile_url", "avatar_url", "customer_id", "confidence_score", "verification_status", "first_seen_at", "last_active_at", "platform_metadata", "created_at", "updated_at" from "customer_social_identities");