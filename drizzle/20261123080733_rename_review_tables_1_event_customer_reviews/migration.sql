SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "customer_reviews" RENAME TO "event_customer_reviews";--> statement-breakpoint
ALTER TABLE "event_customer_reviews" RENAME CONSTRAINT "customer_reviews_pkey" TO "event_customer_reviews_pkey";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_booking_id" RENAME TO "idx_event_customer_reviews_booking_id";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_created_at" RENAME TO "idx_event_customer_reviews_created_at";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_customer_id" RENAME TO "idx_event_customer_reviews_customer_id";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_rating" RENAME TO "idx_event_customer_reviews_rating";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_status" RENAME TO "idx_event_customer_reviews_status";--> statement-breakpoint
ALTER TABLE "event_customer_reviews" RENAME CONSTRAINT "customer_reviews_booking_id_fkey" TO "event_customer_reviews_booking_id_fkey";--> statement-breakpoint
ALTER TABLE "event_customer_reviews" RENAME CONSTRAINT "customer_reviews_customer_id_fkey" TO "event_customer_reviews_customer_id_fkey";--> statement-breakpoint
ALTER TABLE "event_customer_reviews" RENAME CONSTRAINT "customer_reviews_moderated_by_id_fkey" TO "event_customer_reviews_moderated_by_id_fkey";--> statement-breakpoint
CREATE VIEW "customer_reviews" WITH (security_invoker = true) AS (select "id", "booking_id", "customer_id", "rating", "review_text", "sentiment_score", "sentiment_label", "status", "moderation_notes", "moderated_by_id", "moderated_at", "is_featured", "display_on_website", "created_at", "updated_at" from "event_customer_reviews");