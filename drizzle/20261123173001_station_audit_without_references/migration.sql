SET LOCAL lock_timeout = '2s';--> statement-breakpoint
-- Dropping a foreign key locks both of its tables: all three are taken at once, or none.
LOCK TABLE "identity"."station_audit_logs", "identity"."stations", "identity"."users" IN ACCESS EXCLUSIVE MODE NOWAIT;--> statement-breakpoint
ALTER TABLE "identity"."station_audit_logs" DROP CONSTRAINT "station_audit_logs_station_id_fkey";--> statement-breakpoint
ALTER TABLE "identity"."station_audit_logs" DROP CONSTRAINT "station_audit_logs_user_id_fkey";