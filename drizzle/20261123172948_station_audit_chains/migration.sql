SET LOCAL lock_timeout = '2s';--> statement-breakpoint
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
CREATE INDEX "idx_station_audit_chains_station_id" ON "identity"."station_audit_chains" ("station_id","id");