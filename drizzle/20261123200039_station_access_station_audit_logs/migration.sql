SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "identity"."station_audit_logs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "identity"."station_audit_logs" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR SELECT TO "station_service" USING (station_audit_logs.station_id = (SELECT identity.permitted_station('audit.read')));--> statement-breakpoint
CREATE POLICY "station_insert" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((station_audit_logs.station_id = (SELECT identity.permitted_station('station.read')) AND user_id = (SELECT identity.user_in_context())) OR identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (false) WITH CHECK (identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR DELETE TO "station_service" USING (false);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (station_audit_logs.station_id = ANY ((SELECT identity.permitted_stations('audit.read'))::uuid[])) WITH CHECK (identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
GRANT SELECT ON identity.station_audit_logs TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT ON identity.station_audit_logs TO station_service, station_service_every;
