SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "identity"."social_accounts" RENAME TO "oauth_accounts";--> statement-breakpoint
ALTER TABLE "identity"."oauth_accounts" RENAME CONSTRAINT "social_accounts_pkey" TO "oauth_accounts_pkey";--> statement-breakpoint
ALTER INDEX "identity"."idx_social_accounts_provider" RENAME TO "idx_oauth_accounts_provider";--> statement-breakpoint
ALTER INDEX "identity"."idx_social_accounts_user_id" RENAME TO "idx_oauth_accounts_user_id";--> statement-breakpoint
ALTER TABLE "identity"."oauth_accounts" RENAME CONSTRAINT "social_accounts_user_id_fkey" TO "oauth_accounts_user_id_fkey";--> statement-breakpoint
ALTER TABLE "identity"."oauth_accounts" RENAME CONSTRAINT "uq_social_accounts_provider" TO "uq_oauth_accounts_provider";--> statement-breakpoint
CREATE VIEW "identity"."social_accounts" WITH (security_invoker = true) AS (select "id", "user_id", "provider", "provider_account_id", "access_token", "refresh_token", "expires_at", "profile_data", "created_at", "updated_at" from "identity"."oauth_accounts");