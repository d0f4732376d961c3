SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "external_reviews" ALTER COLUMN "source_created_at" SET DEFAULT now();--> statement-breakpoint
ALTER TABLE "external_reviews" ALTER COLUMN "source_created_at" SET NOT NULL;
