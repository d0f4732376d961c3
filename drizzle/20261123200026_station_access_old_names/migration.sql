SET LOCAL lock_timeout = '2s';--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('public.social_accounts') IS NOT NULL THEN
    GRANT SELECT ON public.social_accounts TO station_service, station_service_assigned, station_service_every;
  END IF;
END $$;
