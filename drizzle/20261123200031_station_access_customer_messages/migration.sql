SET LOCAL lock_timeout = '2s';--> statement-breakpoint
ALTER TABLE "customer_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "customer_messages" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "customer_messages" AS RESTRICTIVE FOR SELECT TO "station_service" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = (SELECT identity.permitted_station('message.read'))));--> statement-breakpoint
CREATE POLICY "station_insert" ON "customer_messages" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = (SELECT identity.permitted_station('message.send')))) OR identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "customer_messages" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = (SELECT identity.permitted_station('message.send')))) WITH CHECK ((EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = (SELECT identity.permitted_station('message.send')))) OR identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "customer_messages" AS RESTRICTIVE FOR DELETE TO "station_service" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = (SELECT identity.permitted_station('message.delete'))));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "customer_messages" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = ANY ((SELECT identity.permitted_stations('message.read'))::uuid[]))) WITH CHECK (identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "customer_messages" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
GRANT SELECT ON public.customer_messages TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.customer_messages TO station_service, station_service_every;--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('public.messages') IS NOT NULL THEN
    GRANT SELECT ON public.messages TO station_service, station_service_assigned, station_service_every;
    GRANT INSERT, UPDATE, DELETE ON public.messages TO station_service, station_service_every;
  END IF;
END $$;
