SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "identity"."stations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "identity"."stations" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "identity"."stations" AS RESTRICTIVE FOR SELECT TO "station_service" USING (stations.id = (SELECT identity.permitted_station('station.read')));--> statement-breakpoint
CREATE POLICY "station_insert" ON "identity"."stations" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((stations.id = (SELECT identity.permitted_station('station.create'))) OR identity.refuse('identity.stations'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "identity"."stations" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (stations.id = (SELECT identity.permitted_station('station.update'))) WITH CHECK ((stations.id = (SELECT identity.permitted_station('station.update'))) OR identity.refuse('identity.stations'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "identity"."stations" AS RESTRICTIVE FOR DELETE TO "station_service" USING (stations.id = (SELECT identity.permitted_station('station.delete')));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "identity"."stations" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (stations.id = ANY ((SELECT identity.permitted_stations('station.read'))::uuid[])) WITH CHECK (identity.refuse('identity.stations'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "identity"."stations" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('identity.stations'::regclass));--> statement-breakpoint
GRANT SELECT ON identity.stations TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON identity.stations TO station_service, station_service_every;
