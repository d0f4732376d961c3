SET LOCAL lock_timeout = '2s';--> statement-breakpoint
DO $$
DECLARE
  later_columns name[];
  view_columns text;
BEGIN
  IF to_regclass('drizzle.canonical_models_later_columns') IS NOT NULL THEN
    SELECT array_agg(column_name) INTO later_columns FROM drizzle.canonical_models_later_columns WHERE old_name = 'public.customer_reviews';
  END IF;
  LOCK TABLE "public"."customer_reviews" IN ACCESS SHARE MODE; -- no column comes or goes from here on
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO view_columns FROM pg_attribute
  WHERE attrelid = '"public"."customer_reviews"'::regclass AND attnum > 0 AND NOT attisdropped
    AND attname <> ALL (coalesce(later_columns, '{}'));
  EXECUTE format('CREATE VIEW "public"."customer_reviews_renaming" WITH (security_invoker = true) AS SELECT %s FROM "public"."customer_reviews"', view_columns);
END $$;--> statement-breakpoint
DO $$
DECLARE
  table_owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '"public"."customer_reviews"'::regclass);
  granted record;
BEGIN
  IF table_owner <> current_user THEN
    BEGIN
      EXECUTE format('ALTER VIEW "public"."customer_reviews_renaming" OWNER TO %I', table_owner);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- the view stays with the role that migrates; the owner of the table gets its privileges below
    END;
  END IF;
  FOR granted IN
    SELECT DISTINCT CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END AS grantee
    FROM pg_attribute, aclexplode(attacl)
    WHERE attrelid = '"public"."customer_reviews"'::regclass AND NOT attisdropped AND privilege_type = 'SELECT' AND attname IN (SELECT attname FROM pg_attribute WHERE attrelid = '"public"."customer_reviews_renaming"'::regclass)
  LOOP
    IF NOT has_table_privilege(granted.grantee, '"public"."customer_reviews"', 'SELECT') THEN
      RAISE EXCEPTION '% may read some columns of public.customer_reviews only, and a view can''t pass that on', granted.grantee
        USING HINT = format('Let %I read the whole table or none of it, then migrate again.', granted.grantee);
    END IF;
  END LOOP;
  FOR granted IN
    SELECT privilege_type || coalesce(' (' || quote_ident(attname) || ')', '') AS privilege,
           CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grant_option
    FROM (
      SELECT NULL AS attname, acl.* FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
      WHERE oid = '"public"."customer_reviews"'::regclass
      UNION ALL
      SELECT attname, acl.* FROM pg_attribute, aclexplode(attacl) AS acl
      WHERE attrelid = '"public"."customer_reviews"'::regclass AND NOT attisdropped AND attname IN (SELECT attname FROM pg_attribute WHERE attrelid = '"public"."customer_reviews_renaming"'::regclass)
    ) AS privileges
    WHERE grantee <> (SELECT relowner FROM pg_class WHERE oid = '"public"."customer_reviews_renaming"'::regclass)
  LOOP
    EXECUTE format('GRANT %s ON "public"."customer_reviews_renaming" TO %s%s', granted.privilege, granted.grantee, granted.grant_option);
  END LOOP;
END $$;--> statement-breakpoint
ALTER INDEX "customer_reviews_pkey" RENAME TO "event_customer_reviews_pkey";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_booking_id" RENAME TO "idx_event_customer_reviews_booking_id";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_created_at" RENAME TO "idx_event_customer_reviews_created_at";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_customer_id" RENAME TO "idx_event_customer_reviews_customer_id";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_rating" RENAME TO "idx_event_customer_reviews_rating";--> statement-breakpoint
ALTER INDEX "idx_customer_reviews_status" RENAME TO "idx_event_customer_reviews_status";--> statement-breakpoint
ALTER TABLE "customer_reviews" RENAME TO "event_customer_reviews";--> statement-breakpoint
ALTER VIEW "customer_reviews_renaming" RENAME TO "customer_reviews";--> statement-breakpoint
ALTER TABLE "event_customer_reviews" RENAME CONSTRAINT "customer_reviews_booking_id_fkey" TO "event_customer_reviews_booking_id_fkey";--> statement-breakpoint
ALTER TABLE "event_customer_reviews" RENAME CONSTRAINT "customer_reviews_customer_id_fkey" TO "event_customer_reviews_customer_id_fkey";--> statement-breakpoint
ALTER TABLE "event_customer_reviews" RENAME CONSTRAINT "customer_reviews_moderated_by_id_fkey" TO "event_customer_reviews_moderated_by_id_fkey";
