CREATE TABLE "social_follow_ups" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"thread_id" uuid NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"note" text NOT NULL,
	"done_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "idx_social_follow_ups_thread_id" ON "social_follow_ups" ("thread_id");--> statement-breakpoint
ALTER TABLE "social_follow_ups" ADD CONSTRAINT "social_follow_ups_thread_id_lead_social_threads_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "lead_social_threads"("id") ON DELETE CASCADE;