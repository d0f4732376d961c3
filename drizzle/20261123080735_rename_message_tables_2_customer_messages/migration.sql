SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "messages" RENAME TO "customer_messages";--> statement-breakpoint
ALTER TABLE "customer_messages" RENAME CONSTRAINT "messages_pkey" TO "customer_messages_pkey";--> statement-breakpoint
ALTER INDEX "idx_messages_created_at" RENAME TO "idx_customer_messages_created_at";--> statement-breakpoint
ALTER INDEX "idx_messages_thread_id" RENAME TO "idx_customer_messages_thread_id";--> statement-breakpoint
ALTER TABLE "customer_messages" RENAME CONSTRAINT "messages_thread_id_fkey" TO "customer_messages_thread_id_fkey";--> statement-breakpoint
CREATE VIEW "messages" WITH (security_invoker = true) AS (select "id", "thread_id", "sender_type", "sender_id", "content", "is_read", "message_metadata", "created_at" from "customer_messages");