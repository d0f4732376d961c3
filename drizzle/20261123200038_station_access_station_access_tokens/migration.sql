SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "identity"."station_access_tokens" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR SELECT TO "station_service" USING (station_access_tokens.station_id = (SELECT identity.permitted_station('station.manage_users')));--> statement-breakpoint
CREATE POLICY "station_insert" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK (identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (false) WITH CHECK (identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR DELETE TO "station_service" USING (false);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (station_access_tokens.station_id = ANY ((SELECT identity.permitted_stations('station.manage_users'))::uuid[])) WITH CHECK (identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
GRANT SELECT ON identity.station_access_tokens TO station_service, station_service_assigned, station_service_every;
