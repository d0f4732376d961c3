SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "social_accounts" RENAME TO "business_social_accounts";--> statement-breakpoint
ALTER TABLE "business_social_accounts" RENAME CONSTRAINT "social_accounts_pkey" TO "business_social_accounts_pkey";--> statement-breakpoint
ALTER INDEX "ix_social_accounts_is_active" RENAME TO "ix_business_social_accounts_is_active";--> statement-breakpoint
ALTER INDEX "ix_social_accounts_platform" RENAME TO "ix_business_social_accounts_platform";--> statement-breakpoint
ALTER INDEX "ix_social_accounts_platform_page_id" RENAME TO "ix_business_social_accounts_platform_page_id";--> statement-breakpoint
CREATE VIEW "social_accounts" WITH (security_invoker = true) AS (select "id", "platform", "page_id", "page_name", "handle", "profile_url", "avatar_url", "connected_by", "connected_at", "token_ref", "webhook_verified", "last_sync_at", "is_active", "platform_metadata", "created_at", "updated_at", "deleted_at" from "business_social_accounts");