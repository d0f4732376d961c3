SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "message_threads" RENAME TO "customer_message_threads";--> statement-breakpoint
ALTER TABLE "customer_message_threads" RENAME CONSTRAINT "message_threads_pkey" TO "customer_message_threads_pkey";--> statement-breakpoint
ALTER INDEX "idx_message_threads_created_at" RENAME TO "idx_customer_message_threads_created_at";--> statement-breakpoint
ALTER INDEX "idx_message_threads_customer_id" RENAME TO "idx_customer_message_threads_customer_id";--> statement-breakpoint
ALTER INDEX "idx_message_threads_station_id" RENAME TO "idx_customer_message_threads_station_id";--> statement-breakpoint
ALTER INDEX "idx_message_threads_status" RENAME TO "idx_customer_message_threads_status";--> statement-breakpoint
ALTER TABLE "customer_message_threads" RENAME CONSTRAINT "message_threads_customer_id_fkey" TO "customer_message_threads_customer_id_fkey";--> statement-breakpoint
ALTER TABLE "customer_message_threads" RENAME CONSTRAINT "message_threads_station_id_fkey" TO "customer_message_threads_station_id_fkey";--> statement-breakpoint
CREATE VIEW "message_threads" WITH (security_invoker = true) AS (select "id", "customer_id", "station_id", "subject", "channel", "status", "thread_metadata", "created_at", "updated_at", "last_message_at" from "customer_message_threads");