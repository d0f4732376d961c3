SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "customers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "customers" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "customers" AS RESTRICTIVE FOR SELECT TO "station_service" USING (customers.station_id = (SELECT identity.permitted_station('customer.read')));--> statement-breakpoint
CREATE POLICY "station_insert" ON "customers" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((customers.station_id = (SELECT identity.permitted_station('customer.create'))) OR identity.refuse('public.customers'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "customers" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (customers.station_id = (SELECT identity.permitted_station('customer.update'))) WITH CHECK ((customers.station_id = (SELECT identity.permitted_station('customer.update'))) OR identity.refuse('public.customers'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "customers" AS RESTRICTIVE FOR DELETE TO "station_service" USING (customers.station_id = (SELECT identity.permitted_station('customer.delete')));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "customers" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (customers.station_id = ANY ((SELECT identity.permitted_stations('customer.read'))::uuid[])) WITH CHECK (identity.refuse('public.customers'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "customers" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.customers'::regclass));--> statement-breakpoint
GRANT SELECT ON public.customers TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.customers TO station_service, station_service_every;
