SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "customer_social_identities" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "customer_social_identities" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "customer_social_identities" AS RESTRICTIVE FOR SELECT TO "station_service" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_social_identities.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.read'))));--> statement-breakpoint
CREATE POLICY "station_insert" ON "customer_social_identities" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_social_identities.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.create')))) OR identity.refuse('public.customer_social_identities'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "customer_social_identities" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_social_identities.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update')))) WITH CHECK ((EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_social_identities.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update')))) OR identity.refuse('public.customer_social_identities'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "customer_social_identities" AS RESTRICTIVE FOR DELETE TO "station_service" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_social_identities.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.delete'))));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "customer_social_identities" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_social_identities.customer_id AND parent_1.station_id = ANY ((SELECT identity.permitted_stations('customer.read'))::uuid[]))) WITH CHECK (identity.refuse('public.customer_social_identities'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "customer_social_identities" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.customer_social_identities'::regclass));--> statement-breakpoint
GRANT SELECT ON public.customer_social_identities TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.customer_social_identities TO station_service, station_service_every;--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('public.social_identities') IS NOT NULL THEN
    GRANT SELECT ON public.social_identities TO station_service, station_service_assigned, station_service_every;
    GRANT INSERT, UPDATE, DELETE ON public.social_identities TO station_service, station_service_every;
  END IF;
END $$;
