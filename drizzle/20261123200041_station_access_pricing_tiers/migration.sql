SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "pricing_tiers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "pricing_tiers" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "pricing_tiers" AS RESTRICTIVE FOR SELECT TO "station_service" USING (pricing_tiers.station_id = (SELECT identity.permitted_station('booking.read')));--> statement-breakpoint
CREATE POLICY "station_insert" ON "pricing_tiers" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((pricing_tiers.station_id = (SELECT identity.permitted_station('station.update'))) OR identity.refuse('public.pricing_tiers'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "pricing_tiers" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (pricing_tiers.station_id = (SELECT identity.permitted_station('station.update'))) WITH CHECK ((pricing_tiers.station_id = (SELECT identity.permitted_station('station.update'))) OR identity.refuse('public.pricing_tiers'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "pricing_tiers" AS RESTRICTIVE FOR DELETE TO "station_service" USING (pricing_tiers.station_id = (SELECT identity.permitted_station('station.update')));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "pricing_tiers" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (pricing_tiers.station_id = ANY ((SELECT identity.permitted_stations('booking.read'))::uuid[])) WITH CHECK (identity.refuse('public.pricing_tiers'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "pricing_tiers" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.pricing_tiers'::regclass));--> statement-breakpoint
GRANT SELECT ON public.pricing_tiers TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.pricing_tiers TO station_service, station_service_every;
