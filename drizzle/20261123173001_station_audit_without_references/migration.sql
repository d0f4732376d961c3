SET LOCAL lock_timeout = '2s';--> statement-breakpoint
-- Dropping a foreign key locks both of its tables: all of them are taken at once, or none.
LOCK TABLE "identity"."station_audit_logs", "identity"."stations", "identity"."users" IN ACCESS EXCLUSIVE MODE NOWAIT;--> statement-breakpoint
DO $$ -- The foreign key of identity.station_audit_logs (station_id), whatever its name.
DECLARE
  foreign_key name;
BEGIN
  FOR foreign_key IN
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid = '"identity"."station_audit_logs"'::regclass AND confrelid = '"identity"."stations"'::regclass AND (
      SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C") FROM pg_attribute
      WHERE attrelid = conrelid AND attnum = ANY (conkey)
    ) = ARRAY['station_id']
  LOOP
    EXECUTE format('ALTER TABLE "identity"."station_audit_logs" DROP CONSTRAINT %I', foreign_key);
  END LOOP;
END $$;--> statement-breakpoint
DO $$ -- The foreign key of identity.station_audit_logs (user_id), whatever its name.
DECLARE
  foreign_key name;
BEGIN
  FOR foreign_key IN
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid = '"identity"."station_audit_logs"'::regclass AND confrelid = '"identity"."users"'::regclass AND (
      SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C") FROM pg_attribute
      WHERE attrelid = conrelid AND attnum = ANY (conkey)
    ) = ARRAY['user_id']
  LOOP
    EXECUTE format('ALTER TABLE "identity"."station_audit_logs" DROP CONSTRAINT %I', foreign_key);
  END LOOP;
END $$;