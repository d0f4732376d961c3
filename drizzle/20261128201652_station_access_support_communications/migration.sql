SET LOCAL lock_timeout = '2s';--> statement-breakpoint
-- Takes every lock of this migration first, and gives way to clients that wait for it.
DO $$
DECLARE
  wanted text[] := ARRAY[
    '"public"."ai_conversations" IN ACCESS EXCLUSIVE MODE',
    '"public"."ai_messages" IN ACCESS EXCLUSIVE MODE',
    '"public"."customers" IN ACCESS SHARE MODE'
  ];
  wanted_lock text;
  taken integer;
  give_up timestamptz;
BEGIN
  FOR attempt IN 1..8 LOOP
    taken := 0;
    BEGIN
      FOREACH wanted_lock IN ARRAY wanted LOOP
        EXECUTE 'LOCK TABLE ' || wanted_lock;
        taken := taken + 1;
        IF taken = 1 THEN
          give_up := clock_timestamp() + current_setting('deadlock_timeout')::interval / 4;
        END IF;
        PERFORM set_config(
          'lock_timeout', greatest(1, ceil(extract(epoch FROM give_up - clock_timestamp()) * 1000))::text, true);
      END LOOP;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      -- The locks and the setting are as they were before the first table.
      IF taken = 0 OR attempt = 8 THEN RAISE; END IF;
      wanted := wanted[taken + 1] || wanted[:taken] || wanted[taken + 2:];
    END;
  END LOOP;
END $$;--> statement-breakpoint
ALTER TABLE "ai_conversations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "ai_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "ai_conversations" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "ai_conversations" AS RESTRICTIVE FOR SELECT TO "station_service" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = ai_conversations.customer_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL));--> statement-breakpoint
CREATE POLICY "station_insert" ON "ai_conversations" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = ai_conversations.customer_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL)) OR identity.refuse('public.ai_conversations'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "ai_conversations" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = ai_conversations.customer_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL)) WITH CHECK ((EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = ai_conversations.customer_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL)) OR identity.refuse('public.ai_conversations'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "ai_conversations" AS RESTRICTIVE FOR DELETE TO "station_service" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = ai_conversations.customer_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('system.config')), false) IS NOT NULL));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "ai_conversations" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = ai_conversations.customer_id AND parent_1.station_id = ANY ((SELECT identity.permitted_stations('ai.chat'))::uuid[]))) WITH CHECK (identity.refuse('public.ai_conversations'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "ai_conversations" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.ai_conversations'::regclass));--> statement-breakpoint
CREATE POLICY "everyone_else" ON "ai_messages" AS PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "ai_messages" AS RESTRICTIVE FOR SELECT TO "station_service" USING (EXISTS (SELECT FROM public.ai_conversations AS parent_1 WHERE parent_1.id = ai_messages.conversation_id AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_2.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL)));--> statement-breakpoint
CREATE POLICY "station_insert" ON "ai_messages" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((EXISTS (SELECT FROM public.ai_conversations AS parent_1 WHERE parent_1.id = ai_messages.conversation_id AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_2.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL))) OR identity.refuse('public.ai_messages'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "ai_messages" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (EXISTS (SELECT FROM public.ai_conversations AS parent_1 WHERE parent_1.id = ai_messages.conversation_id AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_2.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL))) WITH CHECK ((EXISTS (SELECT FROM public.ai_conversations AS parent_1 WHERE parent_1.id = ai_messages.conversation_id AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_2.station_id = (SELECT identity.permitted_station('ai.chat')), false) IS NOT NULL))) OR identity.refuse('public.ai_messages'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "ai_messages" AS RESTRICTIVE FOR DELETE TO "station_service" USING (EXISTS (SELECT FROM public.ai_conversations AS parent_1 WHERE parent_1.id = ai_messages.conversation_id AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_2.station_id = (SELECT identity.permitted_station('system.config')), false) IS NOT NULL)));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "ai_messages" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (EXISTS (SELECT FROM public.ai_conversations AS parent_1 WHERE parent_1.id = ai_messages.conversation_id AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = ANY ((SELECT identity.permitted_stations('ai.chat'))::uuid[])))) WITH CHECK (identity.refuse('public.ai_messages'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "ai_messages" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.ai_messages'::regclass));--> statement-breakpoint
GRANT SELECT ON public.ai_conversations TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.ai_conversations TO station_service, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.ai_messages TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.ai_messages TO station_service, station_service_every;
