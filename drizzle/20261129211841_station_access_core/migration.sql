SET LOCAL lock_timeout = '2s';--> statement-breakpoint
-- Takes every lock of this migration first, and gives way to clients that wait for it.
DO $$
DECLARE
  wanted text[] := ARRAY[
    '"public"."bookings" IN ACCESS EXCLUSIVE MODE',
    '"public"."customer_message_threads" IN ACCESS EXCLUSIVE MODE',
    '"public"."customer_messages" IN ACCESS EXCLUSIVE MODE',
    '"public"."customers" IN ACCESS EXCLUSIVE MODE',
    '"public"."pricing_tiers" IN ACCESS SHARE MODE'
  ];
  wanted_lock text;
  taken integer;
  give_up timestamptz;
BEGIN
  FOR attempt IN 1..8 LOOP
    taken := 0;
    give_up := NULL;
    BEGIN
      FOREACH wanted_lock IN ARRAY wanted LOOP
        EXECUTE 'LOCK TABLE ' || wanted_lock;
        taken := taken + 1;
        IF give_up IS NULL THEN
          give_up := clock_timestamp() + current_setting('deadlock_timeout')::interval / 4;
        END IF;
        PERFORM set_config(
          'lock_timeout', greatest(1, ceil(extract(epoch FROM give_up - clock_timestamp()) * 1000))::text, true);
      END LOOP;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      -- Locks, rows and the setting are as they were before.
      IF taken = 0 OR attempt = 8 THEN RAISE; END IF;
      wanted := wanted[taken + 1] || wanted[:taken] || wanted[taken + 2:];
    END;
  END LOOP;
END $$;--> statement-breakpoint
-- booking_acts
CREATE OR REPLACE TRIGGER ask_for_booking_cancel_on_update AFTER UPDATE ON public.bookings
FOR EACH ROW WHEN ((OLD.status IS DISTINCT FROM NEW.status AND NEW.status = 'cancelled') OR (OLD.status IS DISTINCT FROM NEW.status AND OLD.status = 'cancelled') OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at OR OLD.cancellation_reason IS DISTINCT FROM NEW.cancellation_reason)
EXECUTE FUNCTION identity.ask_for_permission('booking.cancel', 'status, cancelled_at, cancellation_reason');--> statement-breakpoint
CREATE OR REPLACE TRIGGER ask_for_booking_cancel_on_insert AFTER INSERT ON public.bookings
FOR EACH ROW WHEN (NEW.status = 'cancelled' OR NEW.cancelled_at IS NOT NULL OR NEW.cancellation_reason IS NOT NULL)
EXECUTE FUNCTION identity.ask_for_permission('booking.cancel', 'status, cancelled_at, cancellation_reason');--> statement-breakpoint
CREATE OR REPLACE TRIGGER ask_for_payment_record_on_update AFTER UPDATE ON public.bookings
FOR EACH ROW WHEN ((OLD.status IS DISTINCT FROM NEW.status AND NEW.status = 'deposit_paid') OR OLD.travel_fee IS DISTINCT FROM NEW.travel_fee OR OLD.total_amount IS DISTINCT FROM NEW.total_amount OR OLD.deposit_amount IS DISTINCT FROM NEW.deposit_amount OR OLD.remaining_amount IS DISTINCT FROM NEW.remaining_amount OR OLD.deposit_paid_at IS DISTINCT FROM NEW.deposit_paid_at)
EXECUTE FUNCTION identity.ask_for_permission('payment.record', 'status, travel_fee, total_amount, deposit_amount, remaining_amount, deposit_paid_at');--> statement-breakpoint
CREATE OR REPLACE TRIGGER ask_for_payment_record_on_insert AFTER INSERT ON public.bookings
FOR EACH ROW WHEN (NEW.status = 'deposit_paid' OR NEW.deposit_paid_at IS NOT NULL)
EXECUTE FUNCTION identity.ask_for_permission('payment.record', 'status, deposit_paid_at');--> statement-breakpoint
ALTER TABLE "bookings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "customers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "customer_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "customer_message_threads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "bookings" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "bookings" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "bookings" AS RESTRICTIVE FOR SELECT TO "station_service" USING (bookings.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(bookings.station_id = (SELECT identity.permitted_station('booking.read')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "station_insert" ON "bookings" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((bookings.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(bookings.station_id = (SELECT identity.permitted_station('booking.create')), false) IS NOT NULL AND (bookings.customer_id IS NULL OR EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = bookings.customer_id AND parent_1.station_id = bookings.station_id)) AND (bookings.pricing_tier_id IS NULL OR EXISTS (SELECT FROM public.pricing_tiers AS parent_1 WHERE parent_1.id = bookings.pricing_tier_id AND (parent_1.station_id = bookings.station_id OR parent_1.station_id IS NULL AND bookings.station_id IS NOT NULL)))) OR identity.refuse('public.bookings'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "bookings" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (bookings.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(bookings.station_id = (SELECT identity.permitted_station('booking.update')), false) IS NOT NULL) WITH CHECK ((bookings.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(bookings.station_id = (SELECT identity.permitted_station('booking.update')), false) IS NOT NULL AND (bookings.customer_id IS NULL OR EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = bookings.customer_id AND parent_1.station_id = bookings.station_id) OR identity.refers_already('public.bookings'::regclass, 'customer_id', bookings.id, bookings.customer_id)) AND (bookings.pricing_tier_id IS NULL OR EXISTS (SELECT FROM public.pricing_tiers AS parent_1 WHERE parent_1.id = bookings.pricing_tier_id AND (parent_1.station_id = bookings.station_id OR parent_1.station_id IS NULL AND bookings.station_id IS NOT NULL)) OR identity.refers_already('public.bookings'::regclass, 'pricing_tier_id', bookings.id, bookings.pricing_tier_id))) OR identity.refuse('public.bookings'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "bookings" AS RESTRICTIVE FOR DELETE TO "station_service" USING (bookings.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(bookings.station_id = (SELECT identity.permitted_station('booking.cancel')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "bookings" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (bookings.station_id = ANY ((SELECT identity.permitted_stations('booking.read'))::uuid[])) WITH CHECK (identity.refuse('public.bookings'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "bookings" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.bookings'::regclass));--> statement-breakpoint
CREATE POLICY "everyone_else" ON "customers" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "customers" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "customers" AS RESTRICTIVE FOR SELECT TO "station_service" USING (customers.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customers.station_id = (SELECT identity.permitted_station('customer.read')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "station_insert" ON "customers" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((customers.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customers.station_id = (SELECT identity.permitted_station('customer.create')), false) IS NOT NULL) OR identity.refuse('public.customers'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "customers" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (customers.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customers.station_id = (SELECT identity.permitted_station('customer.update')), false) IS NOT NULL) WITH CHECK ((customers.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customers.station_id = (SELECT identity.permitted_station('customer.update')), false) IS NOT NULL) OR identity.refuse('public.customers'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "customers" AS RESTRICTIVE FOR DELETE TO "station_service" USING (customers.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customers.station_id = (SELECT identity.permitted_station('customer.delete')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "customers" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (customers.station_id = ANY ((SELECT identity.permitted_stations('customer.read'))::uuid[])) WITH CHECK (identity.refuse('public.customers'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "customers" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.customers'::regclass));--> statement-breakpoint
CREATE POLICY "everyone_else" ON "customer_messages" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "customer_messages" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "customer_messages" AS RESTRICTIVE FOR SELECT TO "station_service" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('message.read')), false) IS NOT NULL));--> statement-breakpoint
CREATE POLICY "station_insert" ON "customer_messages" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('message.send')), false) IS NOT NULL)) OR identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "customer_messages" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('message.send')), false) IS NOT NULL)) WITH CHECK ((EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('message.send')), false) IS NOT NULL)) OR identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "customer_messages" AS RESTRICTIVE FOR DELETE TO "station_service" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(parent_1.station_id = (SELECT identity.permitted_station('message.delete')), false) IS NOT NULL));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "customer_messages" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (EXISTS (SELECT FROM public.customer_message_threads AS parent_1 WHERE parent_1.id = customer_messages.thread_id AND parent_1.station_id = ANY ((SELECT identity.permitted_stations('message.read'))::uuid[]))) WITH CHECK (identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "customer_messages" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.customer_messages'::regclass));--> statement-breakpoint
CREATE POLICY "everyone_else" ON "customer_message_threads" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "customer_message_threads" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "customer_message_threads" AS RESTRICTIVE FOR SELECT TO "station_service" USING (customer_message_threads.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customer_message_threads.station_id = (SELECT identity.permitted_station('message.read')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "station_insert" ON "customer_message_threads" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((customer_message_threads.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customer_message_threads.station_id = (SELECT identity.permitted_station('message.send')), false) IS NOT NULL AND (customer_message_threads.customer_id IS NULL OR EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_message_threads.customer_id AND parent_1.station_id = customer_message_threads.station_id))) OR identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "customer_message_threads" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (customer_message_threads.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customer_message_threads.station_id = (SELECT identity.permitted_station('message.send')), false) IS NOT NULL) WITH CHECK ((customer_message_threads.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customer_message_threads.station_id = (SELECT identity.permitted_station('message.send')), false) IS NOT NULL AND (customer_message_threads.customer_id IS NULL OR EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_message_threads.customer_id AND parent_1.station_id = customer_message_threads.station_id) OR identity.refers_already('public.customer_message_threads'::regclass, 'customer_id', customer_message_threads.id, customer_message_threads.customer_id))) OR identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "customer_message_threads" AS RESTRICTIVE FOR DELETE TO "station_service" USING (customer_message_threads.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(customer_message_threads.station_id = (SELECT identity.permitted_station('message.delete')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "customer_message_threads" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (customer_message_threads.station_id = ANY ((SELECT identity.permitted_stations('message.read'))::uuid[])) WITH CHECK (identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "customer_message_threads" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('public.customer_message_threads'::regclass));--> statement-breakpoint
GRANT SELECT ON public.bookings TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.bookings TO station_service, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.customers TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.customers TO station_service, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.customer_messages TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.customer_messages TO station_service, station_service_every;--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('public.messages') IS NOT NULL THEN
    GRANT SELECT ON public.messages TO station_service, station_service_assigned, station_service_every;
    GRANT INSERT, UPDATE, DELETE ON public.messages TO station_service, station_service_every;
  END IF;
END $$;--> statement-breakpoint
GRANT SELECT ON public.customer_message_threads TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON public.customer_message_threads TO station_service, station_service_every;--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('public.message_threads') IS NOT NULL THEN
    GRANT SELECT ON public.message_threads TO station_service, station_service_assigned, station_service_every;
    GRANT INSERT, UPDATE, DELETE ON public.message_threads TO station_service, station_service_every;
  END IF;
END $$;
