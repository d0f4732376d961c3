SET LOCAL lock_timeout = '2s';--> statement-breakpoint
DO $$
DECLARE
  later_columns name[];
  view_columns text;
BEGIN
  IF to_regclass('drizzle.canonical_models_later_columns') IS NOT NULL THEN
    SELECT array_agg(column_name) INTO later_columns FROM drizzle.canonical_models_later_columns WHERE old_name = 'identity.social_accounts';
  END IF;
  LOCK TABLE "identity"."social_accounts" IN ACCESS SHARE MODE; -- no column comes or goes from here on
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO view_columns FROM pg_attribute
  WHERE attrelid = '"identity"."social_accounts"'::regclass AND attnum > 0 AND NOT attisdropped
    AND attname <> ALL (coalesce(later_columns, '{}'));
  EXECUTE format('CREATE VIEW "identity"."social_accounts_renaming" WITH (security_invoker = true) AS SELECT %s FROM "identity"."social_accounts"', view_columns);
END $$;--> statement-breakpoint
DO $$
DECLARE
  table_owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '"identity"."social_accounts"'::regclass);
  granted record;
BEGIN
  IF table_owner <> current_user THEN
    BEGIN
      EXECUTE format('ALTER VIEW "identity"."social_accounts_renaming" OWNER TO %I', table_owner);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- the view stays with the role that migrates; the owner of the table gets its privileges below
    END;
  END IF;
  FOR granted IN
    SELECT DISTINCT CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END AS grantee
    FROM pg_attribute, aclexplode(attacl)
    WHERE attrelid = '"identity"."social_accounts"'::regclass AND NOT attisdropped AND privilege_type = 'SELECT' AND attname IN (SELECT attname FROM pg_attribute WHERE attrelid = '"identity"."social_accounts_renaming"'::regclass)
  LOOP
    IF NOT has_table_privilege(granted.grantee, '"identity"."social_accounts"', 'SELECT') THEN
      RAISE EXCEPTION '% may read some columns of identity.social_accounts only, and a view can''t pass that on', granted.grantee
        USING HINT = format('Let %I read the whole table or none of it, then migrate again.', granted.grantee);
    END IF;
  END LOOP;
  FOR granted IN
    SELECT privilege_type || coalesce(' (' || quote_ident(attname) || ')', '') AS privilege,
           CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grant_option
    FROM (
      SELECT NULL AS attname, acl.* FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
      WHERE oid = '"identity"."social_accounts"'::regclass
      UNION ALL
      SELECT attname, acl.* FROM pg_attribute, aclexplode(attacl) AS acl
      WHERE attrelid = '"identity"."social_accounts"'::regclass AND NOT attisdropped AND attname IN (SELECT attname FROM pg_attribute WHERE attrelid = '"identity"."social_accounts_renaming"'::regclass)
    ) AS privileges
    WHERE grantee <> (SELECT relowner FROM pg_class WHERE oid = '"identity"."social_accounts_renaming"'::regclass)
  LOOP
    EXECUTE format('GRANT %s ON "identity"."social_accounts_renaming" TO %s%s', granted.privilege, granted.grantee, granted.grant_option);
  END LOOP;
END $$;--> statement-breakpoint
ALTER INDEX "identity"."social_accounts_pkey" RENAME TO "oauth_accounts_pkey";--> statement-breakpoint
ALTER INDEX "identity"."idx_social_accounts_provider" RENAME TO "idx_oauth_accounts_provider";--> statement-breakpoint
ALTER INDEX "identity"."idx_social_accounts_user_id" RENAME TO "idx_oauth_accounts_user_id";--> statement-breakpoint
ALTER TABLE "identity"."social_accounts" RENAME TO "oauth_accounts";--> statement-breakpoint
ALTER VIEW "identity"."social_accounts_renaming" RENAME TO "social_accounts";--> statement-breakpoint
ALTER TABLE "identity"."oauth_accounts" RENAME CONSTRAINT "social_accounts_user_id_fkey" TO "oauth_accounts_user_id_fkey";--> statement-breakpoint
ALTER TABLE "identity"."oauth_accounts" RENAME CONSTRAINT "uq_social_accounts_provider" TO "uq_oauth_accounts_provider";
