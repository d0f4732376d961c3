SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "customer_message_threads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "customer_message_threads" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "customer_message_threads" AS RESTRICTIVE FOR SELECT TO "station_service" USING (customer_message_threads.station_id = (SELECT identity.permitted_station('message.read')));--> statement-breakpoint
CREATE POLICY "station_insert" ON "customer_message_threads" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((customer_message_threads.station_id = (SELECT identity.permitted_station('message.send')) AND (customer_message_threads.customer_id IS NULL OR EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_message_threads.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('message.send'))))) OR identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "customer_message_threads" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (customer_message_threads.station_id = (SELECT identity.permitted_station('message.send'))) WITH CHECK ((customer_message_threads.station_id = (SELECT identity.permitted_station('message.send')) AND (customer_message_threads.customer_id IS NULL OR EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_message_threads.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('message.send'))) OR identity.refers_already('public.customer_message_threads'::regclass, 'customer_id', customer_message_threads.id, customer_message_threads.customer_id))) OR identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "customer_message_threads" AS RESTRICTIVE FOR DELETE TO "station_service" USING (customer_message_threads.station_id = (SELECT identity.permitted_station('message.delete')));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "customer_message_threads" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (customer_message_threads.station_id = ANY ((SELECT identity.permitted_stations('message.read'))::uuid[])) WITH CHECK (identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "customer_message_threads" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
GRANT SELECT ON public.customer_message_threads TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.customer_message_threads TO station_service, station_service_every;--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('public.message_threads') IS NOT NULL THEN
    GRANT SELECT ON public.message_threads TO station_service, station_service_assigned, station_service_every;
    GRANT INSERT, UPDATE, DELETE ON public.message_threads TO station_service, station_service_every;
  END IF;
END $$;
