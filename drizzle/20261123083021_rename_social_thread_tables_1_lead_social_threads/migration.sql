SET LOCAL lock_timeout = '2s';--> statement-breakpoint
DO $$
DECLARE
  later_columns name[];
  view_columns text;
BEGIN
  IF to_regclass('drizzle.canonical_models_later_columns') IS NOT NULL THEN
    SELECT array_agg(column_name) INTO later_columns FROM drizzle.canonical_models_later_columns WHERE old_name = 'public.social_threads';
  END IF;
  LOCK TABLE "public"."social_threads" IN ACCESS SHARE MODE; -- no column comes or goes from here on
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO view_columns FROM pg_attribute
  WHERE attrelid = '"public"."social_threads"'::regclass AND attnum > 0 AND NOT attisdropped
    AND attname <> ALL (coalesce(later_columns, '{}'));
  EXECUTE format('CREATE VIEW "public"."social_threads_renaming" WITH (security_invoker = true) AS SELECT %s FROM "public"."social_threads"', view_columns);
END $$;--> statement-breakpoint
DO $$
DECLARE
  table_owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '"public"."social_threads"'::regclass);
  granted record;
BEGIN
  IF table_owner <> current_user THEN
    BEGIN
      EXECUTE format('ALTER VIEW "public"."social_threads_renaming" OWNER TO %I', table_owner);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- the view stays with the role that migrates; the owner of the table gets its privileges below
    END;
  END IF;
  FOR granted IN
    SELECT DISTINCT CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END AS grantee
    FROM pg_attribute, aclexplode(attacl)
    WHERE attrelid = '"public"."social_threads"'::regclass AND NOT attisdropped AND privilege_type = 'SELECT' AND attname IN (SELECT attname FROM pg_attribute WHERE attrelid = '"public"."social_threads_renaming"'::regclass)
  LOOP
    IF NOT has_table_privilege(granted.grantee, '"public"."social_threads"', 'SELECT') THEN
      RAISE EXCEPTION '% may read some columns of public.social_threads only, and a view can''t pass that on', granted.grantee
        USING HINT = format('Let %I read the whole table or none of it, then migrate again.', granted.grantee);
    END IF;
  END LOOP;
  FOR granted IN
    SELECT privilege_type || coalesce(' (' || quote_ident(attname) || ')', '') AS privilege,
           CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grant_option
    FROM (
      SELECT NULL AS attname, acl.* FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
      WHERE oid = '"public"."social_threads"'::regclass
      UNION ALL
      SELECT attname, acl.* FROM pg_attribute, aclexplode(attacl) AS acl
      WHERE attrelid = '"public"."social_threads"'::regclass AND NOT attisdropped AND attname IN (SELECT attname FROM pg_attribute WHERE attrelid = '"public"."social_threads_renaming"'::regclass)
    ) AS privileges
    WHERE grantee <> (SELECT relowner FROM pg_class WHERE oid = '"public"."social_threads_renaming"'::regclass)
  LOOP
    EXECUTE format('GRANT %s ON "public"."social_threads_renaming" TO %s%s', granted.privilege, granted.grantee, granted.grant_option);
  END LOOP;
END $$;--> statement-breakpoint
ALTER INDEX "social_threads_pkey" RENAME TO "lead_social_threads_pkey";--> statement-breakpoint
ALTER INDEX "ix_social_threads_customer" RENAME TO "ix_lead_social_threads_customer";--> statement-breakpoint
ALTER INDEX "ix_social_threads_lead" RENAME TO "ix_lead_social_threads_lead";--> statement-breakpoint
ALTER INDEX "ix_social_threads_platform" RENAME TO "ix_lead_social_threads_platform";--> statement-breakpoint
ALTER TABLE "social_threads" RENAME TO "lead_social_threads";--> statement-breakpoint
ALTER VIEW "social_threads_renaming" RENAME TO "social_threads";--> statement-breakpoint
ALTER TABLE "lead_social_threads" RENAME CONSTRAINT "social_threads_customer_id_fkey" TO "lead_social_threads_customer_id_fkey";--> statement-breakpoint
ALTER TABLE "lead_social_threads" RENAME CONSTRAINT "social_threads_lead_id_fkey" TO "lead_social_threads_lead_id_fkey";
