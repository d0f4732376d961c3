SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "social_threads" RENAME TO "lead_social_threads";--> statement-breakpoint
ALTER TABLE "lead_social_threads" RENAME CONSTRAINT "social_threads_pkey" TO "lead_social_threads_pkey";--> statement-breakpoint
ALTER INDEX "ix_social_threads_customer" RENAME TO "ix_lead_social_threads_customer";--> statement-breakpoint
ALTER INDEX "ix_social_threads_lead" RENAME TO "ix_lead_social_threads_lead";--> statement-breakpoint
ALTER INDEX "ix_social_threads_platform" RENAME TO "ix_lead_social_threads_platform";--> statement-breakpoint
ALTER TABLE "lead_social_threads" RENAME CONSTRAINT "social_threads_customer_id_fkey" TO "lead_social_threads_customer_id_fkey";--> statement-breakpoint
ALTER TABLE "lead_social_threads" RENAME CONSTRAINT "social_threads_lead_id_fkey" TO "lead_social_threads_lead_id_fkey";--> statement-breakpoint
CREATE VIEW "social_threads" WITH (security_invoker = true) AS (select "id", "platform", "account_id", "thread_ref", "lead_id", "customer_id", "status", "last_message_at", "created_at" from "lead_social_threads");