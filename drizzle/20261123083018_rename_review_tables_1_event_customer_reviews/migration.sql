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
ALTER TABLE "customer_reviews" RENAME TO "event_customer_reviews";--> statement-breakpoint
ALTER VIEW "customer_reviews_renaming" RENAME TO "customer_reviews";--> statement-breakpoint
DO $$ -- On public.event_customer_reviews, customer_reviews becomes event_customer_reviews.
DECLARE
  renamed regclass := '"public"."event_customer_reviews"';
  own_schema regnamespace := (SELECT relnamespace FROM pg_class WHERE oid = renamed);
  named record;
BEGIN
  FOR named IN
    SELECT kind, name, relation, regexp_replace(name, '(?<![A-Za-z0-9])customer_reviews(?![A-Za-z0-9])', 'event_customer_reviews') AS new_name
    FROM (
      SELECT 'CONSTRAINT' AS kind, conname::text AS name, contype IN ('p', 'u', 'x') AS relation FROM pg_constraint
      WHERE conrelid = renamed AND contype IN ('c', 'f', 'p', 'u', 'x') AND coninhcount = 0 AND conparentid = 0
      UNION ALL
      SELECT 'INDEX', relname::text, true FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE indrelid = renamed AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conrelid = renamed AND conindid = indexrelid AND contype IN ('p', 'u', 'x')
      )
    ) AS named
    WHERE name ~ '(?<![A-Za-z0-9])customer_reviews(?![A-Za-z0-9])' AND name !~ '(?<![A-Za-z0-9])event_customer_reviews(?![A-Za-z0-9])'
    ORDER BY name
  LOOP
    CONTINUE WHEN octet_length(named.new_name) > 63
      OR EXISTS (SELECT FROM pg_constraint WHERE conrelid = renamed AND conname = named.new_name)
      OR (named.relation AND EXISTS (SELECT FROM pg_class WHERE relnamespace = own_schema AND relname = named.new_name));
    IF named.kind = 'INDEX' THEN
      EXECUTE format('ALTER INDEX %s.%I RENAME TO %I', own_schema, named.name, named.new_name);
    ELSE
      EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', renamed, named.name, named.new_name);
    END IF;
  END LOOP;
END $$;
