SET LOCAL lock_timeout = '2s';--> statement-breakpoint
-- Takes every lock of this migration first, and gives way to clients that wait for it.
DO $$
DECLARE
  wanted text[] := ARRAY[
    '"identity"."permissions" IN ROW EXCLUSIVE MODE',
    '"identity"."role_permissions" IN ROW EXCLUSIVE MODE',
    '"identity"."roles" IN ROW EXCLUSIVE MODE',
    '"identity"."station_access_tokens" IN ACCESS EXCLUSIVE MODE',
    '"identity"."station_audit_chains" IN SHARE ROW EXCLUSIVE MODE',
    '"identity"."station_audit_logs" IN ACCESS EXCLUSIVE MODE',
    '"identity"."station_audit_origins" IN SHARE ROW EXCLUSIVE MODE',
    '"identity"."station_audit_seals" IN SHARE ROW EXCLUSIVE MODE',
    '"identity"."station_users" IN ACCESS EXCLUSIVE MODE',
    '"identity"."stations" IN ACCESS EXCLUSIVE MODE',
    '"public"."ai_conversations" IN ROW EXCLUSIVE MODE',
    '"public"."bookings" IN ACCESS SHARE MODE',
    '"public"."campaign_sms_limits" IN ACCESS SHARE MODE',
    '"public"."campaigns" IN ACCESS SHARE MODE',
    '"public"."chefs" IN ACCESS SHARE MODE',
    '"public"."coupon_redemptions" IN ACCESS SHARE MODE',
    '"public"."customer_message_threads" IN ACCESS SHARE MODE',
    '"public"."customer_review_blog_posts" IN ACCESS SHARE MODE',
    '"public"."customers" IN ACCESS SHARE MODE',
    '"public"."escalations" IN ROW EXCLUSIVE MODE',
    '"public"."event_customer_reviews" IN ACCESS SHARE MODE',
    '"public"."external_reviews" IN ACCESS SHARE MODE',
    '"public"."lead_social_threads" IN ROW EXCLUSIVE MODE',
    '"public"."leads" IN ROW EXCLUSIVE MODE',
    '"public"."qr_codes" IN ACCESS SHARE MODE',
    '"public"."review_escalations" IN ROW EXCLUSIVE MODE',
    '"public"."sms_templates" IN ACCESS SHARE MODE'
  ];
  wanted_lock text;
  taken integer;
  give_up timestamptz;
BEGIN
  FOR attempt IN 1..8 LOOP
    taken := 0;
    give_up := NULL;
    BEGIN
UPDATE public.leads AS filled SET station_id = found.station_id
FROM (
  SELECT lead.id, customer.station_id
  FROM public.leads AS lead JOIN public.customers AS customer ON customer.id = lead.customer_id
  WHERE lead.station_id IS NULL AND customer.station_id IS NOT NULL
  FOR NO KEY UPDATE OF lead SKIP LOCKED
) AS found
WHERE filled.id = found.id;
UPDATE public.lead_social_threads AS filled SET station_id = found.station_id
FROM (
  SELECT thread.id, CASE WHEN thread.customer_id IS NULL THEN lead.station_id ELSE customer.station_id END AS station_id
  FROM public.lead_social_threads AS thread
  LEFT JOIN public.customers AS customer ON customer.id = thread.customer_id
  LEFT JOIN public.leads AS lead ON lead.id = thread.lead_id
  WHERE thread.station_id IS NULL AND CASE WHEN thread.customer_id IS NULL THEN lead.station_id ELSE customer.station_id END IS NOT NULL
  FOR NO KEY UPDATE OF thread SKIP LOCKED
) AS found
WHERE filled.id = found.id;
UPDATE public.ai_conversations AS filled SET station_id = found.station_id
FROM (
  SELECT conversation.id, customer.station_id
  FROM public.ai_conversations AS conversation JOIN public.customers AS customer ON customer.id = conversation.customer_id
  WHERE conversation.station_id IS NULL AND customer.station_id IS NOT NULL
  FOR NO KEY UPDATE OF conversation SKIP LOCKED
) AS found
WHERE filled.id = found.id;
UPDATE public.review_escalations AS filled SET station_id = found.station_id
FROM (
  SELECT escalation.id, CASE WHEN review.booking_id IS NULL THEN customer.station_id ELSE booking.station_id END AS station_id
  FROM public.review_escalations AS escalation
  JOIN public.event_customer_reviews AS review ON review.id = escalation.review_id
  LEFT JOIN public.bookings AS booking ON booking.id = review.booking_id
  LEFT JOIN public.customers AS customer ON customer.id = review.customer_id
  WHERE escalation.station_id IS NULL AND CASE WHEN review.booking_id IS NULL THEN customer.station_id ELSE booking.station_id END IS NOT NULL
  FOR NO KEY UPDATE OF escalation SKIP LOCKED
) AS found
WHERE filled.id = found.id;
INSERT INTO "identity"."station_audit_origins" ("station_id", "rows", "digest")
SELECT log.station_id, count(*), sha256(string_agg(sha256(convert_to(jsonb_build_array(log.id, log.station_id, NULL, log.session_id, log.action, log.resource_type, log.resource_id, log.user_role, log.permissions_used::text, log.ip_address, log.user_agent, log.details::text, log.success, log.error_message, log.created_at AT TIME ZONE 'UTC')::text, 'UTF8')), ''::bytea ORDER BY log.id))
FROM "identity"."station_audit_logs" AS log
GROUP BY log.station_id;
      give_up := clock_timestamp() + current_setting('deadlock_timeout')::interval / 4;
      PERFORM set_config(
          'lock_timeout', greatest(1, ceil(extract(epoch FROM give_up - clock_timestamp()) * 1000))::text, true);
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
      IF attempt = 8 THEN RAISE; END IF;
      wanted := wanted[taken + 1] || wanted[:taken] || wanted[taken + 2:];
    END;
  END LOOP;
END $$;--> statement-breakpoint
-- fill_stations
UPDATE public.escalations AS filled SET station_id = found.station_id
FROM (
  SELECT escalation.id, customer.station_id
  FROM public.escalations AS escalation
  JOIN public.ai_conversations AS conversation ON conversation.id::text = lower(escalation.conversation_id)
  JOIN public.customers AS customer ON customer.id = conversation.customer_id
  WHERE escalation.station_id IS NULL AND customer.station_id IS NOT NULL
  FOR NO KEY UPDATE OF escalation NOWAIT
) AS found
WHERE filled.id = found.id;--> statement-breakpoint
-- station_audit_triggers
CREATE FUNCTION "identity"."seal_station_audit_logs"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_sort = off AS $$
DECLARE
  log identity.station_audit_logs;
  chain identity.station_audit_chains;
  other identity.station_audit_chains;
  seal identity.station_audit_seals;
  candidate uuid;
  place uuid;
  at_station uuid;
BEGIN
  FOR log IN SELECT * FROM added ORDER BY station_id LOOP
    IF log.station_id IS DISTINCT FROM at_station THEN
      IF seal.number > chain.length THEN
        UPDATE identity.station_audit_chains SET length = length WHERE id = chain.id;
      END IF;
      at_station := log.station_id;
      chain := NULL;
      IF current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
        SELECT * INTO chain FROM identity.station_audit_chains
        WHERE station_id = at_station ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
      ELSE
        -- A chain that grew since the snapshot of this transaction is not for it.
        FOR candidate IN SELECT id FROM identity.station_audit_chains WHERE station_id = at_station ORDER BY id LOOP
          BEGIN
            SELECT * INTO chain FROM identity.station_audit_chains WHERE id = candidate FOR UPDATE SKIP LOCKED;
            EXIT WHEN chain.id IS NOT NULL;
          EXCEPTION WHEN serialization_failure THEN
            NULL;
          END;
        END LOOP;
      END IF;

      IF chain.id IS NULL THEN
        INSERT INTO identity.station_audit_chains (station_id, length) VALUES (at_station, 0) RETURNING * INTO chain;
      END IF;
      SELECT count(*) INTO seal.chains FROM (
        SELECT FROM identity.station_audit_chains WHERE station_id = at_station ORDER BY id LIMIT 16
      ) AS counted;
      seal.chain_id := chain.id;
      SELECT number, hash INTO seal.number, seal.hash FROM identity.station_audit_seals
      WHERE chain_id = chain.id ORDER BY number DESC LIMIT 1;
      seal.number := coalesce(seal.number, 0);
      -- Behind its seals, the head waits for the end of this transaction already.
      IF seal.number > chain.length THEN
        chain.length := NULL;
      END IF;

      -- Any of the other chains, and the work for it does not depend on how many there are.
      other := NULL;
      IF seal.chains > 1 THEN
        place := gen_random_uuid();
        SELECT * INTO other FROM identity.station_audit_chains
        WHERE station_id = at_station AND id >= place AND id <> chain.id AND length > 0 ORDER BY id LIMIT 1;
        IF other.id IS NULL THEN
          SELECT * INTO other FROM identity.station_audit_chains
          WHERE station_id = at_station AND id < place AND id <> chain.id AND length > 0 ORDER BY id LIMIT 1;
        END IF;
      END IF;
      seal.witness_chain_id := other.id;
      seal.witness_number := CASE WHEN other.id IS NOT NULL THEN other.length END;
      seal.witness_hash := other.head_hash;
    END IF;

    seal.log_id := log.id;
    seal.previous_hash := seal.hash;
    seal.number := seal.number + 1;
    seal.user_id := log.user_id;
    seal.sealed_at := clock_timestamp();
    seal.hash := sha256(convert_to(jsonb_build_array(seal.chain_id, seal.number, encode(seal.previous_hash, 'hex'), seal.witness_chain_id, seal.witness_number, encode(seal.witness_hash, 'hex'), seal.chains, seal.sealed_at AT TIME ZONE 'UTC', jsonb_build_array(log.id, log.station_id, seal.user_id, log.session_id, log.action, log.resource_type, log.resource_id, log.user_role, log.permissions_used::text, log.ip_address, log.user_agent, log.details::text, log.success, log.error_message, log.created_at AT TIME ZONE 'UTC'))::text, 'UTF8'));
    INSERT INTO identity.station_audit_seals (log_id, chain_id, number, previous_hash, witness_chain_id, witness_number, witness_hash, chains, user_id, sealed_at, hash)
    VALUES (seal.log_id, seal.chain_id, seal.number, seal.previous_hash, seal.witness_chain_id, seal.witness_number, seal.witness_hash, seal.chains, seal.user_id, seal.sealed_at, seal.hash);
  END LOOP;
  IF seal.number > chain.length THEN
    UPDATE identity.station_audit_chains SET length = length WHERE id = chain.id;
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "identity"."set_head_of_station_audit_chain"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE identity.station_audit_chains AS chain SET length = last.number, head_hash = last.hash
  FROM (SELECT number, hash FROM identity.station_audit_seals WHERE chain_id = NEW.id ORDER BY number DESC LIMIT 1) AS last
  WHERE chain.id = NEW.id AND chain.length < last.number;
  RETURN NULL;
END $$;--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION "identity"."seal_station_audit_logs"(), "identity"."set_head_of_station_audit_chain"() FROM PUBLIC;--> statement-breakpoint
CREATE FUNCTION "identity"."refuse_change_of_station_audit"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('%s.%s: found %s by role %I; expected none, as the audit trail is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, current_user),
      HINT = 'Write what happened as another row of identity.station_audit_logs. Only the owner of the table may change rows, and verifyAuditTrail finds that.';
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "station_audit_chains_append_only" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "identity"."station_audit_chains"
FOR EACH STATEMENT EXECUTE FUNCTION "identity"."refuse_change_of_station_audit"();--> statement-breakpoint
CREATE TRIGGER "station_audit_seals_append_only" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "identity"."station_audit_seals"
FOR EACH STATEMENT EXECUTE FUNCTION "identity"."refuse_change_of_station_audit"();--> statement-breakpoint
CREATE TRIGGER "station_audit_origins_append_only" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "identity"."station_audit_origins"
FOR EACH STATEMENT EXECUTE FUNCTION "identity"."refuse_change_of_station_audit"();--> statement-breakpoint
CREATE TRIGGER "station_audit_logs_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "identity"."station_audit_logs"
FOR EACH STATEMENT EXECUTE FUNCTION "identity"."refuse_change_of_station_audit"();--> statement-breakpoint
CREATE TRIGGER "station_audit_logs_seal" AFTER INSERT ON "identity"."station_audit_logs"
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "identity"."seal_station_audit_logs"();--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "station_audit_chains_head" AFTER UPDATE ON "identity"."station_audit_chains"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.length = OLD.length)
EXECUTE FUNCTION "identity"."set_head_of_station_audit_chain"();--> statement-breakpoint
INSERT INTO "identity"."station_audit_origins" AS origin ("station_id", "rows", "digest")
SELECT log.station_id, count(*), sha256(string_agg(sha256(convert_to(jsonb_build_array(log.id, log.station_id, NULL, log.session_id, log.action, log.resource_type, log.resource_id, log.user_role, log.permissions_used::text, log.ip_address, log.user_agent, log.details::text, log.success, log.error_message, log.created_at AT TIME ZONE 'UTC')::text, 'UTF8')), ''::bytea ORDER BY log.id))
FROM "identity"."station_audit_logs" AS log
WHERE log.station_id IN (
  SELECT counted.station_id FROM "identity"."station_audit_logs" AS counted GROUP BY counted.station_id
  HAVING count(*) <> coalesce((SELECT known.rows FROM "identity"."station_audit_origins" AS known WHERE known.station_id = counted.station_id), 0)
)
GROUP BY log.station_id
ON CONFLICT ("station_id") DO UPDATE SET rows = excluded.rows, digest = excluded.digest;--> statement-breakpoint
-- station_access
DO $$
DECLARE
  wanted record;
  mending text := '';
  is_safe boolean := true;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
    ('station_service', 'CREATE ROLE station_service NOLOGIN NOINHERIT'),
    ('station_service_assigned', 'CREATE ROLE station_service_assigned NOLOGIN ROLE station_service'),
    ('station_service_every', 'CREATE ROLE station_service_every NOLOGIN ROLE station_service')
  ) AS roles (name, statement) LOOP
    IF to_regrole(wanted.name) IS NULL THEN
      mending := mending || wanted.statement || '; ';
      BEGIN
        EXECUTE wanted.statement;
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN
          NULL; -- another database made it meanwhile
        WHEN insufficient_privilege THEN
          RAISE insufficient_privilege USING
            MESSAGE = format('role %s: found none, and %I may not create roles', wanted.name, current_user),
            HINT = 'An administrator runs once a server: CREATE ROLE station_service NOLOGIN NOINHERIT; CREATE ROLE station_service_assigned NOLOGIN ROLE station_service; CREATE ROLE station_service_every NOLOGIN ROLE station_service; Then migrate again.';
      END;
    ELSE
      mending := mending || format('ALTER ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS; ', wanted.name);
      IF wanted.name <> 'station_service' THEN
        mending := mending || format('REVOKE %I FROM station_service; GRANT %I TO station_service; ', wanted.name, wanted.name);
      END IF;
    END IF;
    SELECT is_safe AND NOT (rolcanlogin OR rolsuper OR rolbypassrls) AND CASE rolname
      WHEN 'station_service' THEN NOT rolinherit
      ELSE pg_has_role('station_service', oid, 'MEMBER') AND NOT pg_has_role('station_service', oid, 'USAGE')
    END INTO is_safe FROM pg_roles WHERE rolname = wanted.name;
  END LOOP;
  IF NOT is_safe THEN
    RAISE EXCEPTION 'roles station_service, station_service_assigned, station_service_every: found one that logs in, passes row-level security by, or inherits; or that station_service may not become'
      USING HINT = 'An administrator runs: ' || mending || 'Then migrate again.';
  END IF;
END $$;--> statement-breakpoint
DO $$ BEGIN
  IF to_regnamespace('drizzle') IS NULL THEN
    CREATE SCHEMA drizzle;
  END IF;
END $$;--> statement-breakpoint
CREATE TABLE IF NOT EXISTS drizzle.canonical_models_context_key (
  valid_from timestamptz PRIMARY KEY,
  inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
  outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);--> statement-breakpoint
REVOKE ALL ON drizzle.canonical_models_context_key FROM PUBLIC;--> statement-breakpoint
ALTER TABLE drizzle.canonical_models_context_key ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
INSERT INTO drizzle.canonical_models_context_key (valid_from, inner_pad, outer_pad)
SELECT '-infinity', (SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # 54), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place), (SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # 92), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place)
FROM (
  SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || decode(repeat('00', 32), 'hex') AS bytes OFFSET 0
) AS key ON CONFLICT (valid_from) DO NOTHING;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.replace_context_key() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  INSERT INTO drizzle.canonical_models_context_key (valid_from, inner_pad, outer_pad)
  SELECT clock_timestamp() + interval '1 minute', (SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # 54), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place), (SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # 92), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place)
FROM (
  SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || decode(repeat('00', 32), 'hex') AS bytes OFFSET 0
) AS key RETURNING valid_from;
END;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.replace_context_key() FROM PUBLIC;--> statement-breakpoint
GRANT USAGE ON SCHEMA public, identity TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.is_outside_of_groups() RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN NOT (((coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, 'USAGE'), false)) AND NOT pg_catalog.pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')) OR ((coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false)) AND NOT pg_catalog.pg_has_role(session_user, 'pg_execute_server_program', 'MEMBER')));
END
$$;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.is_outside_of_groups() TO PUBLIC;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.user_in_context() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  context_key record;
BEGIN
  IF coalesce(current_setting('canonical_models.signature', true), '') = '' THEN
    RETURN NULL;
  END IF;
  SELECT key.inner_pad, key.outer_pad INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key;
  RETURN CASE WHEN coalesce(current_setting('canonical_models.signature', true) = encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.token_id', true))::text, 'UTF8'))), 'hex') AND current_setting('transaction_isolation') IN ('read committed', 'read uncommitted'), false) THEN current_setting('canonical_models.user_id', true)::uuid END;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.station_standing(of_user uuid, at_station uuid, OUT role text, OUT additional_permissions jsonb, OUT refusal text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_there record;
BEGIN
  SELECT holder.status = 'active' AS is_active_user, station.id AS station, station.status <> 'suspended' AS is_open, assignment.id AS assignment,
    assignment.role, assignment.additional_permissions, assignment.is_active, assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp())) AS in_force,
    (holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp()))
      )) AS is_super_admin INTO found_there
  FROM identity.users AS holder
  LEFT JOIN identity.stations AS station ON station.id = at_station
  LEFT JOIN identity.station_users AS assignment ON assignment.user_id = holder.id AND assignment.station_id = at_station
  WHERE holder.id = of_user;
  refusal := CASE
    WHEN found_there.is_active_user IS NOT TRUE THEN 'user-not-active'
    WHEN found_there.station IS NULL THEN 'not-assigned'
    WHEN found_there.is_super_admin THEN NULL
    WHEN found_there.assignment IS NULL THEN 'not-assigned'
    WHEN NOT found_there.is_active THEN 'assignment-not-active'
    WHEN NOT found_there.in_force THEN 'assignment-expired'
    WHEN NOT found_there.is_open THEN 'station-suspended'
  END;
  IF refusal IS NULL THEN
    role := CASE WHEN found_there.is_super_admin THEN 'super_admin' ELSE found_there.role END;
    additional_permissions := CASE WHEN found_there.is_super_admin THEN '[]' ELSE found_there.additional_permissions END;
  END IF;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.permitted_station(permission text) RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  context_key record;
  token text := current_setting('canonical_models.token_id', true);
  of_resource text := split_part(permission, '.', 1);
  of_action text := split_part(permission, '.', 2);
  found_there record;
BEGIN
  IF coalesce(current_setting('canonical_models.signature', true), '') = '' OR current_setting('canonical_models.station_id', true) IN ('assigned', 'every') THEN
    RETURN NULL;
  END IF;
  SELECT key.inner_pad, key.outer_pad INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key;
  IF NOT coalesce(current_setting('canonical_models.signature', true) = encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.token_id', true))::text, 'UTF8'))), 'hex') AND current_setting('transaction_isolation') IN ('read committed', 'read uncommitted'), false) THEN
    RETURN NULL;
  END IF;
  -- Two conditions: one with a query in it is run as a query each time, also for contexts without a token.
  IF token <> '' THEN
    IF NOT EXISTS (
      SELECT FROM identity.station_access_tokens AS limiting
      WHERE limiting.id = token::uuid AND NOT limiting.is_revoked AND limiting.expires_at > clock_timestamp() AND limiting.permissions ? permission
    ) THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT holder.id, holder.is_super_admin, station.id AS station,
    assignment.role IS NOT NULL AND (
      (jsonb_typeof(assignment.additional_permissions) = 'array' AND assignment.additional_permissions ? permitted_station.permission) OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || assignment.role AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = of_resource AND allowed.action = of_action
          )
      )
    ) AS is_permitted
  INTO found_there
  FROM identity.users AS holder
  JOIN identity.stations AS station ON station.id = current_setting('canonical_models.station_id', true)::uuid
  LEFT JOIN identity.station_users AS assignment
    ON assignment.user_id = holder.id AND assignment.station_id = station.id AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp())) AND station.status <> 'suspended'
  WHERE holder.id = current_setting('canonical_models.user_id', true)::uuid AND holder.status = 'active';
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF found_there.is_permitted THEN
    RETURN found_there.station;
  END IF;
  RETURN CASE WHEN (found_there.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = found_there.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp()))
      ))
    AND (
      (jsonb_typeof('[]'::jsonb) = 'array' AND '[]'::jsonb ? permitted_station.permission) OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || 'super_admin' AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = of_resource AND allowed.action = of_action
          )
      )
    ) THEN found_there.station END;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.permitted_stations(permission text) RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asking uuid := identity.user_in_context();
BEGIN
  IF current_setting('canonical_models.station_id', true) IS DISTINCT FROM 'assigned' OR asking IS NULL THEN
    RETURN '{}';
  END IF;
  RETURN coalesce((
    SELECT array_agg(assignment.station_id ORDER BY assignment.station_id)
    FROM identity.station_users AS assignment
    CROSS JOIN LATERAL identity.station_standing(assignment.user_id, assignment.station_id) AS standing
    WHERE assignment.user_id = asking AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp())) AND standing.refusal IS NULL
      AND (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? 'cross_station.read') OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || standing.role AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = split_part('cross_station.read', '.', 1) AND allowed.action = split_part('cross_station.read', '.', 2)
          )
      )
    )
      AND (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? permitted_stations.permission) OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || standing.role AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = split_part(permitted_stations.permission, '.', 1) AND allowed.action = split_part(permitted_stations.permission, '.', 2)
          )
      )
    )
  ), '{}');
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.reaches_every_station() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN current_setting('canonical_models.station_id', true) IS NOT DISTINCT FROM 'every' AND EXISTS (
    SELECT FROM identity.users AS holder
    WHERE holder.id = identity.user_in_context() AND holder.status = 'active' AND (holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp()))
      ))
  );
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.role_in_context() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asking uuid := identity.user_in_context();
BEGIN
  RETURN CASE
    WHEN asking IS NULL THEN NULL
    WHEN current_setting('canonical_models.station_id', true) = 'every' THEN 'super_admin'
    WHEN current_setting('canonical_models.station_id', true) = 'assigned' THEN NULL
    ELSE (
      SELECT CASE WHEN standing.role IS NOT NULL THEN ('{super_admin,admin,station_admin,customer_support}'::text[])[greatest(array_position('{super_admin,admin,station_admin,customer_support}'::text[], standing.role), (
      SELECT array_position('{super_admin,admin,station_admin,customer_support}'::text[], limiting.role) FROM identity.station_access_tokens AS limiting WHERE limiting.id = nullif(current_setting('canonical_models.token_id', true), '')::uuid
    ))] END
      FROM identity.station_standing(asking, current_setting('canonical_models.station_id', true)::uuid) AS standing
    )
  END;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.may_assign(given_role text, given_additional jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  station uuid := identity.permitted_station('station.manage_users');
  token text := current_setting('canonical_models.token_id', true);
  standing record;
BEGIN
  IF station IS NULL THEN
    RETURN false;
  END IF;
  IF token <> '' THEN
    -- Nobody hands out by a token what it does not permit itself, whatever its holder may do.
    RETURN given_role IS DISTINCT FROM 'super_admin' AND NOT EXISTS (
      SELECT FROM (SELECT resource || '.' || action AS name FROM identity.permissions) AS known
      WHERE (
      (jsonb_typeof(given_additional) = 'array' AND given_additional ? known.name) OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || given_role AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = split_part(known.name, '.', 1) AND allowed.action = split_part(known.name, '.', 2)
          )
      )
    ) AND identity.permitted_station(known.name) IS NULL
    );
  END IF;
  standing := identity.station_standing(identity.user_in_context(), station);
  RETURN standing.role = 'super_admin' OR (given_role IS DISTINCT FROM 'super_admin' AND NOT EXISTS (
    SELECT FROM (SELECT resource || '.' || action AS name FROM identity.permissions) AS known
    WHERE (
      (jsonb_typeof(given_additional) = 'array' AND given_additional ? known.name) OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || given_role AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = split_part(known.name, '.', 1) AND allowed.action = split_part(known.name, '.', 2)
          )
      )
    )
      AND NOT (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? known.name) OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || standing.role AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = split_part(known.name, '.', 1) AND allowed.action = split_part(known.name, '.', 2)
          )
      )
    )
  ));
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.refers_already(relation regclass, reference text, of_row uuid, referred uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE
    WHEN relation = 'public.bookings'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.bookings WHERE bookings.id = of_row AND bookings.customer_id = referred AND bookings.station_id = (SELECT identity.permitted_station('booking.update')))
    WHEN relation = 'public.bookings'::regclass AND reference = 'pricing_tier_id' THEN EXISTS (SELECT FROM public.bookings WHERE bookings.id = of_row AND bookings.pricing_tier_id = referred AND bookings.station_id = (SELECT identity.permitted_station('booking.update')))
    WHEN relation = 'public.customer_message_threads'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.customer_message_threads WHERE customer_message_threads.id = of_row AND customer_message_threads.customer_id = referred AND customer_message_threads.station_id = (SELECT identity.permitted_station('message.send')))
    WHEN relation = 'public.leads'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.leads WHERE leads.id = of_row AND leads.customer_id = referred AND (leads.station_id = (SELECT identity.permitted_station('lead.update')) OR leads.station_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = leads.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('lead.update')))))
    WHEN relation = 'public.lead_social_threads'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.lead_social_threads WHERE lead_social_threads.id = of_row AND lead_social_threads.customer_id = referred AND (lead_social_threads.station_id = (SELECT identity.permitted_station('lead.update')) OR lead_social_threads.station_id IS NULL AND (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = lead_social_threads.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('lead.update'))) OR lead_social_threads.customer_id IS NULL AND EXISTS (SELECT FROM public.leads AS parent_1 WHERE parent_1.id = lead_social_threads.lead_id AND (parent_1.station_id = (SELECT identity.permitted_station('lead.update')) OR parent_1.station_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = (SELECT identity.permitted_station('lead.update'))))))))
    WHEN relation = 'public.lead_social_threads'::regclass AND reference = 'lead_id' THEN EXISTS (SELECT FROM public.lead_social_threads WHERE lead_social_threads.id = of_row AND lead_social_threads.lead_id = referred AND (lead_social_threads.station_id = (SELECT identity.permitted_station('lead.update')) OR lead_social_threads.station_id IS NULL AND (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = lead_social_threads.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('lead.update'))) OR lead_social_threads.customer_id IS NULL AND EXISTS (SELECT FROM public.leads AS parent_1 WHERE parent_1.id = lead_social_threads.lead_id AND (parent_1.station_id = (SELECT identity.permitted_station('lead.update')) OR parent_1.station_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = (SELECT identity.permitted_station('lead.update'))))))))
    WHEN relation = 'public.event_customer_reviews'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.event_customer_reviews WHERE event_customer_reviews.id = of_row AND event_customer_reviews.customer_id = referred AND (EXISTS (SELECT FROM public.bookings AS parent_1 WHERE parent_1.id = event_customer_reviews.booking_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update'))) OR event_customer_reviews.booking_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = event_customer_reviews.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update')))))
    WHEN relation = 'public.review_escalations'::regclass AND reference = 'review_id' THEN EXISTS (SELECT FROM public.review_escalations WHERE review_escalations.id = of_row AND review_escalations.review_id = referred AND (review_escalations.station_id = (SELECT identity.permitted_station('customer.update')) OR review_escalations.station_id IS NULL AND EXISTS (SELECT FROM public.event_customer_reviews AS parent_1 WHERE parent_1.id = review_escalations.review_id AND (EXISTS (SELECT FROM public.bookings AS parent_2 WHERE parent_2.id = parent_1.booking_id AND parent_2.station_id = (SELECT identity.permitted_station('customer.update'))) OR parent_1.booking_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = (SELECT identity.permitted_station('customer.update')))))))
    WHEN relation = 'public.customer_review_blog_posts'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.customer_review_blog_posts WHERE customer_review_blog_posts.id = of_row AND customer_review_blog_posts.customer_id = referred AND (EXISTS (SELECT FROM public.bookings AS parent_1 WHERE parent_1.id = customer_review_blog_posts.booking_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update'))) OR customer_review_blog_posts.booking_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_review_blog_posts.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update')))))
    WHEN relation = 'public.coupon_redemptions'::regclass AND reference = 'booking_id' THEN EXISTS (SELECT FROM public.coupon_redemptions WHERE coupon_redemptions.id = of_row AND coupon_redemptions.booking_id = referred AND (coupon_redemptions.station_id = (SELECT identity.permitted_station('booking.update')) OR coupon_redemptions.station_id IS NULL AND (EXISTS (SELECT FROM public.bookings AS parent_1 WHERE parent_1.id = coupon_redemptions.booking_id AND parent_1.station_id = (SELECT identity.permitted_station('booking.update'))) OR coupon_redemptions.booking_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = coupon_redemptions.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('booking.update'))))))
    WHEN relation = 'public.coupon_redemptions'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.coupon_redemptions WHERE coupon_redemptions.id = of_row AND coupon_redemptions.customer_id = referred AND (coupon_redemptions.station_id = (SELECT identity.permitted_station('booking.update')) OR coupon_redemptions.station_id IS NULL AND (EXISTS (SELECT FROM public.bookings AS parent_1 WHERE parent_1.id = coupon_redemptions.booking_id AND parent_1.station_id = (SELECT identity.permitted_station('booking.update'))) OR coupon_redemptions.booking_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = coupon_redemptions.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('booking.update'))))))
    WHEN relation = 'public.external_reviews'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.external_reviews WHERE external_reviews.id = of_row AND external_reviews.customer_id = referred AND external_reviews.station_id = (SELECT identity.permitted_station('customer.update')))
    WHEN relation = 'public.ai_conversations'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.ai_conversations WHERE ai_conversations.id = of_row AND ai_conversations.customer_id = referred AND (ai_conversations.station_id = (SELECT identity.permitted_station('ai.chat')) OR ai_conversations.station_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = ai_conversations.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('ai.chat')))))
    ELSE false
  END;
END;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.refuse(relation regclass) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  refused record;
BEGIN
  SELECT n.nspname AS schema, c.relname AS name INTO refused
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation;
  RAISE insufficient_privilege USING
    MESSAGE = format('the row is not one of the station of the context, or the role may not write it: table %s', relation),
    SCHEMA = refused.schema, TABLE = refused.name, CONSTRAINT = 'station_row';
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.user_in_context() FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.user_in_context() TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.permitted_station(text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.permitted_station(text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.permitted_stations(text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.permitted_stations(text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.reaches_every_station() FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.reaches_every_station() TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.role_in_context() FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.role_in_context() TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.may_assign(text, jsonb) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.may_assign(text, jsonb) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.refers_already(regclass, text, uuid, uuid) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.refers_already(regclass, text, uuid, uuid) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.refuse(regclass) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.refuse(regclass) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.station_standing(uuid, uuid) FROM PUBLIC;--> statement-breakpoint
CREATE TABLE IF NOT EXISTS drizzle.canonical_models_station_access (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  entry_by_user_id boolean NOT NULL DEFAULT true
);--> statement-breakpoint
REVOKE ALL ON drizzle.canonical_models_station_access FROM PUBLIC;--> statement-breakpoint
ALTER TABLE drizzle.canonical_models_station_access ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
INSERT INTO drizzle.canonical_models_station_access DEFAULT VALUES ON CONFLICT (is_only) DO NOTHING;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.allows_entry_by_user_id() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM drizzle.canonical_models_station_access WHERE entry_by_user_id);
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.enter_station(of_user uuid, at_station uuid, in_session uuid, from_address text, with_agent text, given_proof text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  context_key record;
  transaction_secret text;
  entry_lock bigint;
  backend_proof text;
  settings json;
  refusal text;
  ignored text;
  station_before text;
  role_there text;
BEGIN
  IF NOT current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
    RAISE invalid_transaction_state USING
      MESSAGE = format('station access: found a transaction of isolation level %s; expected read committed', current_setting('transaction_isolation'));
  END IF;
  SELECT key.inner_pad, key.outer_pad, EXISTS (SELECT FROM drizzle.canonical_models_station_access WHERE entry_by_user_id) AS allows_user_ids, holder.status = 'active' AS is_active_user, station.id AS station, station.status <> 'suspended' AS is_open, assignment.id AS assignment,
    assignment.role, assignment.additional_permissions, assignment.is_active, assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp())) AS in_force,
    (holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp()))
      )) AS is_super_admin INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key
  LEFT JOIN identity.users AS holder ON holder.id = of_user
  LEFT JOIN identity.stations AS station ON station.id = at_station
  LEFT JOIN identity.station_users AS assignment ON assignment.user_id = holder.id AND assignment.station_id = at_station;
  transaction_secret := encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('transaction', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex');
  entry_lock := ('x' || left(transaction_secret, 16))::bit(64)::bigint;
  backend_proof := left(encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('backend', pg_backend_pid(), extract(epoch FROM pg_postmaster_start_time()))::text, 'UTF8'))), 'hex'), 32);
  -- Who has that of the backend begins a transaction, in which there is no context yet.
  IF (given_proof = right(transaction_secret, 32) OR (backend_proof = ANY (string_to_array(given_proof, ',')) AND coalesce(current_setting('canonical_models.signature', true), '') = '')) IS NOT TRUE THEN
    IF EXISTS (
      SELECT FROM pg_locks AS held
      WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
        AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
    ) THEN
      RAISE object_in_use USING
        MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
        HINT = 'Call withStation with the handle of the callback, or in another transaction.';
    END IF;
  END IF;
  settings := json_build_array(current_setting('role', true), current_setting('row_security', true), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.token_id', true), current_setting('canonical_models.signature', true));
  IF current_setting('canonical_models.user_id', true) = of_user::text THEN
    IF current_setting('canonical_models.station_id', true) NOT IN (at_station::text, 'assigned', 'every') AND coalesce(current_setting('canonical_models.signature', true) = encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.token_id', true))::text, 'UTF8'))), 'hex') AND current_setting('transaction_isolation') IN ('read committed', 'read uncommitted'), false) THEN
      station_before := current_setting('canonical_models.station_id', true);
    END IF;
  END IF;
  refusal := CASE WHEN context_key.allows_user_ids THEN CASE
    WHEN context_key.is_active_user IS NOT TRUE THEN 'user-not-active'
    WHEN context_key.station IS NULL THEN 'not-assigned'
    WHEN context_key.is_super_admin THEN NULL
    WHEN context_key.assignment IS NULL THEN 'not-assigned'
    WHEN NOT context_key.is_active THEN 'assignment-not-active'
    WHEN NOT context_key.in_force THEN 'assignment-expired'
    WHEN NOT context_key.is_open THEN 'station-suspended'
  END ELSE 'proof-required' END;
  role_there := CASE WHEN refusal IS NULL THEN CASE WHEN context_key.is_super_admin THEN 'super_admin' ELSE context_key.role END END;
  IF refusal IS NULL AND station_before IS NOT NULL THEN
    INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, user_role, ip_address, user_agent, details, success)
    VALUES (at_station, of_user, in_session, 'station.switched', role_there, from_address, with_agent,
      jsonb_build_object('from', station_before, 'userId', of_user), true);
  END IF;
  -- A refusal is recorded by who gets this answer: a call by hand writes nothing.
  IF refusal IS NULL THEN
    ignored := concat(pg_advisory_xact_lock_shared(entry_lock), set_config('canonical_models.user_id', of_user::text, true),
      set_config('canonical_models.station_id', at_station::text, true), set_config('canonical_models.token_id', '', true),
      set_config('canonical_models.signature', encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), of_user::text, at_station::text, '')::text, 'UTF8'))), 'hex'), true));
  END IF;
  RETURN json_build_object('refusal', refusal, 'settings', settings, 'session', pg_catalog.json_build_array(pg_catalog.current_setting('TimeZone', true), pg_catalog.current_setting('timezone_abbreviations', true), pg_catalog.current_setting('DateStyle', true), pg_catalog.current_setting('IntervalStyle', true), pg_catalog.current_setting('lc_monetary', true), pg_catalog.current_setting('lc_numeric', true), pg_catalog.current_setting('lc_time', true), pg_catalog.current_setting('client_encoding', true), pg_catalog.current_setting('bytea_output', true), pg_catalog.current_setting('extra_float_digits', true), pg_catalog.current_setting('quote_all_identifiers', true), pg_catalog.current_setting('xmlbinary', true), pg_catalog.current_setting('xmloption', true), pg_catalog.current_setting('standard_conforming_strings', true), pg_catalog.current_setting('backslash_quote', true), pg_catalog.current_setting('array_nulls', true), pg_catalog.current_setting('transform_null_equals', true), pg_catalog.current_setting('default_text_search_config', true), pg_catalog.current_setting('gin_fuzzy_search_limit', true), pg_catalog.current_setting('default_transaction_isolation', true), pg_catalog.current_setting('default_transaction_read_only', true), pg_catalog.current_setting('default_transaction_deferrable', true), pg_catalog.current_setting('synchronous_commit', true), pg_catalog.current_setting('statement_timeout', true), pg_catalog.current_setting('lock_timeout', true), pg_catalog.current_setting('transaction_timeout', true), pg_catalog.current_setting('idle_in_transaction_session_timeout', true), pg_catalog.current_setting('idle_session_timeout', true), pg_catalog.current_setting('tcp_user_timeout', true), pg_catalog.current_setting('restrict_nonsystem_relation_kind', true), pg_catalog.current_setting('exit_on_error', true), pg_catalog.current_setting('application_name', true), pg_catalog.current_setting('client_min_messages', true), pg_catalog.current_setting('log_parameter_max_length_on_error', true), pg_catalog.current_setting('debug_print_parse', true), pg_catalog.current_setting('debug_print_rewritten', true), pg_catalog.current_setting('debug_print_plan', true))::pg_catalog.text, 'isReadOnly', current_setting('transaction_read_only')::boolean, 'proof', CASE WHEN refusal IS NULL THEN right(transaction_secret, 32) END, 'backendProof', CASE WHEN refusal IS NULL THEN backend_proof END, 'userId', of_user, 'role', role_there, 'additional', CASE WHEN refusal IS NULL THEN CASE WHEN context_key.is_super_admin THEN '[]' ELSE context_key.additional_permissions END END, 'denialProof', CASE WHEN context_key.allows_user_ids THEN concat(extract(epoch FROM statement_timestamp())::text, ' ', encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('denial', extract(epoch FROM statement_timestamp())::text, of_user::text, at_station::text, coalesce(refusal, ''), coalesce(NULL, ''))::text, 'UTF8'))), 'hex')) END)::text;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.record_denial(of_user uuid, at_station uuid, refusal text, given_proof text, in_session uuid, from_address text, with_agent text, on_table text, is_late boolean, by_token uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  context_key record;
BEGIN
  SELECT key.inner_pad, key.outer_pad INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key;
  IF (given_proof = concat(split_part(given_proof, ' ', 1), ' ', encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('denial', split_part(given_proof, ' ', 1), of_user::text, at_station::text, coalesce(refusal, ''), coalesce(by_token::text, ''))::text, 'UTF8'))), 'hex'))) IS NOT TRUE OR (refusal IS NULL) = (on_table IS NULL) THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'record_denial: found no proof of an entry by this user at this station; expected the one that the entry answered';
  END IF;
  -- A proof is good for one row, and one a table.
  INSERT INTO identity.station_audit_logs (id, station_id, user_id, session_id, action, user_role, resource_type, ip_address, user_agent, details, success, error_message)
  SELECT md5(concat_ws(' ', given_proof, on_table))::uuid, station.id, (SELECT holder.id FROM identity.users AS holder WHERE holder.id = of_user), in_session, 'access.denied',
    (SELECT CASE WHEN standing.role IS NOT NULL THEN ('{super_admin,admin,station_admin,customer_support}'::text[])[greatest(array_position('{super_admin,admin,station_admin,customer_support}'::text[], standing.role), (
      SELECT array_position('{super_admin,admin,station_admin,customer_support}'::text[], limiting.role) FROM identity.station_access_tokens AS limiting WHERE limiting.id = by_token
    ))] END FROM identity.station_standing(of_user, at_station) AS standing), on_table, from_address, with_agent,
    jsonb_strip_nulls(jsonb_build_object('userId', of_user,
      'deniedAt', CASE WHEN is_late THEN to_timestamp(split_part(given_proof, ' ', 1)::float8) AT TIME ZONE 'UTC' END)), false, coalesce(refusal, 'row-refused')
  FROM identity.stations AS station WHERE station.id = at_station
  ON CONFLICT (id) DO NOTHING;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.enter_stations(of_user uuid, which text, given_proof text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  context_key record;
  transaction_secret text;
  entry_lock bigint;
  backend_proof text;
  settings json;
  refusal text;
  ignored text;
BEGIN
  IF NOT current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
    RAISE invalid_transaction_state USING
      MESSAGE = format('station access: found a transaction of isolation level %s; expected read committed', current_setting('transaction_isolation'));
  END IF;
  SELECT key.inner_pad, key.outer_pad INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key;
  transaction_secret := encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('transaction', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex');
  entry_lock := ('x' || left(transaction_secret, 16))::bit(64)::bigint;
  backend_proof := left(encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('backend', pg_backend_pid(), extract(epoch FROM pg_postmaster_start_time()))::text, 'UTF8'))), 'hex'), 32);
  -- Who has that of the backend begins a transaction, in which there is no context yet.
  IF (given_proof = right(transaction_secret, 32) OR (backend_proof = ANY (string_to_array(given_proof, ',')) AND coalesce(current_setting('canonical_models.signature', true), '') = '')) IS NOT TRUE THEN
    IF EXISTS (
      SELECT FROM pg_locks AS held
      WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
        AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
    ) THEN
      RAISE object_in_use USING
        MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
        HINT = 'Call withStation with the handle of the callback, or in another transaction.';
    END IF;
  END IF;
  settings := json_build_array(current_setting('role', true), current_setting('row_security', true), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.token_id', true), current_setting('canonical_models.signature', true));
  IF NOT EXISTS (SELECT FROM drizzle.canonical_models_station_access WHERE entry_by_user_id) THEN
    refusal := 'proof-required';
  ELSIF EXISTS (
    SELECT FROM identity.users AS holder WHERE holder.id = of_user AND holder.status = 'active' AND CASE which
      WHEN 'every' THEN (holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp()))
      ))
      WHEN 'assigned' THEN EXISTS (
        SELECT FROM identity.station_users AS assignment
        CROSS JOIN LATERAL identity.station_standing(assignment.user_id, assignment.station_id) AS standing
        WHERE assignment.user_id = holder.id AND assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp())) AND standing.refusal IS NULL
          AND (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? 'cross_station.read') OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || standing.role AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = split_part('cross_station.read', '.', 1) AND allowed.action = split_part('cross_station.read', '.', 2)
          )
      )
    )
      )
    END
  ) THEN
    ignored := concat(pg_advisory_xact_lock_shared(entry_lock), set_config('canonical_models.user_id', of_user::text, true),
      set_config('canonical_models.station_id', which, true), set_config('canonical_models.token_id', '', true),
      set_config('canonical_models.signature', encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), of_user::text, which, '')::text, 'UTF8'))), 'hex'), true));
  ELSE
    refusal := 'not-assigned';
  END IF;
  RETURN json_build_object('refusal', refusal, 'settings', settings, 'session', pg_catalog.json_build_array(pg_catalog.current_setting('TimeZone', true), pg_catalog.current_setting('timezone_abbreviations', true), pg_catalog.current_setting('DateStyle', true), pg_catalog.current_setting('IntervalStyle', true), pg_catalog.current_setting('lc_monetary', true), pg_catalog.current_setting('lc_numeric', true), pg_catalog.current_setting('lc_time', true), pg_catalog.current_setting('client_encoding', true), pg_catalog.current_setting('bytea_output', true), pg_catalog.current_setting('extra_float_digits', true), pg_catalog.current_setting('quote_all_identifiers', true), pg_catalog.current_setting('xmlbinary', true), pg_catalog.current_setting('xmloption', true), pg_catalog.current_setting('standard_conforming_strings', true), pg_catalog.current_setting('backslash_quote', true), pg_catalog.current_setting('array_nulls', true), pg_catalog.current_setting('transform_null_equals', true), pg_catalog.current_setting('default_text_search_config', true), pg_catalog.current_setting('gin_fuzzy_search_limit', true), pg_catalog.current_setting('default_transaction_isolation', true), pg_catalog.current_setting('default_transaction_read_only', true), pg_catalog.current_setting('default_transaction_deferrable', true), pg_catalog.current_setting('synchronous_commit', true), pg_catalog.current_setting('statement_timeout', true), pg_catalog.current_setting('lock_timeout', true), pg_catalog.current_setting('transaction_timeout', true), pg_catalog.current_setting('idle_in_transaction_session_timeout', true), pg_catalog.current_setting('idle_session_timeout', true), pg_catalog.current_setting('tcp_user_timeout', true), pg_catalog.current_setting('restrict_nonsystem_relation_kind', true), pg_catalog.current_setting('exit_on_error', true), pg_catalog.current_setting('application_name', true), pg_catalog.current_setting('client_min_messages', true), pg_catalog.current_setting('log_parameter_max_length_on_error', true), pg_catalog.current_setting('debug_print_parse', true), pg_catalog.current_setting('debug_print_rewritten', true), pg_catalog.current_setting('debug_print_plan', true))::pg_catalog.text, 'isReadOnly', current_setting('transaction_read_only')::boolean, 'proof', CASE WHEN refusal IS NULL THEN right(transaction_secret, 32) END, 'backendProof', CASE WHEN refusal IS NULL THEN backend_proof END, 'userId', of_user)::text;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.enter_station(uuid, uuid, uuid, text, text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.enter_station(uuid, uuid, uuid, text, text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.record_denial(uuid, uuid, text, text, uuid, text, text, text, boolean, uuid) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.record_denial(uuid, uuid, text, text, uuid, text, text, text, boolean, uuid) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.enter_stations(uuid, text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.enter_stations(uuid, text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.forget_statements() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made record;
BEGIN
  FOR made IN SELECT name FROM pg_prepared_statements WHERE from_sql LOOP
    EXECUTE format('DEALLOCATE "%s"', replace(made.name, '"', '""'));
  END LOOP;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.forget_statements() FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.forget_statements() TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.clear_between_contexts(other_signature text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF pg_catalog.current_setting('canonical_models.signature', true) OPERATOR(pg_catalog.=) other_signature THEN
    RETURN;
  END IF;
  EXECUTE 'CLOSE ALL; DISCARD TEMP';
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements AS made WHERE made.from_sql) THEN
    PERFORM identity.forget_statements();
  END IF;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.clear_between_contexts(text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.clear_between_contexts(text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.take_context(entered text, context_role text, is_nested boolean) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  path_before pg_catalog.text := pg_catalog.current_setting('search_path');
  own pg_catalog.text := pg_catalog.quote_ident(current_user);
  path pg_catalog.text;
BEGIN
  IF NOT pg_catalog.starts_with(entered, '{"refusal" : null,') THEN
    RETURN path_before;
  END IF;
  IF is_nested THEN
    PERFORM identity.clear_between_contexts(entered::pg_catalog.json OPERATOR(pg_catalog.#>>) '{settings,5}');
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements AS made WHERE made.from_sql) THEN
    PERFORM identity.forget_statements();
  END IF;
  IF path_before OPERATOR(pg_catalog.=) '"$user", public' THEN
    -- The default needs no query. The role of the context has another "$user".
    path := pg_catalog.concat(CASE WHEN pg_catalog.to_regnamespace(own) IS NOT NULL THEN pg_catalog.concat(own, ', ') END, 'public, pg_temp');
  ELSE
    path := pg_catalog.concat_ws(', ', (
      SELECT pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' ORDER BY place)
      FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS searched (name, place)
      WHERE name OPERATOR(pg_catalog.!~) '^pg_temp'
    ), 'pg_temp');
  END IF;
  path := pg_catalog.concat(pg_catalog.set_config('search_path', path, true), pg_catalog.set_config('row_security', 'on', true),
    pg_catalog.set_config('role', context_role, true));
  RETURN path_before;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.take_context(text, text, boolean) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.take_context(text, text, boolean) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.clear_connection() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  EXECUTE 'CLOSE ALL; UNLISTEN *; DISCARD TEMP';
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements AS made WHERE made.from_sql) THEN
    PERFORM identity.forget_statements();
  END IF;
  ignored := pg_advisory_unlock_all();
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.clear_connection() FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.clear_connection() TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.restore_session(session_before text, is_local boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF pg_catalog.json_build_array(pg_catalog.current_setting('TimeZone', true), pg_catalog.current_setting('timezone_abbreviations', true), pg_catalog.current_setting('DateStyle', true), pg_catalog.current_setting('IntervalStyle', true), pg_catalog.current_setting('lc_monetary', true), pg_catalog.current_setting('lc_numeric', true), pg_catalog.current_setting('lc_time', true), pg_catalog.current_setting('client_encoding', true), pg_catalog.current_setting('bytea_output', true), pg_catalog.current_setting('extra_float_digits', true), pg_catalog.current_setting('quote_all_identifiers', true), pg_catalog.current_setting('xmlbinary', true), pg_catalog.current_setting('xmloption', true), pg_catalog.current_setting('standard_conforming_strings', true), pg_catalog.current_setting('backslash_quote', true), pg_catalog.current_setting('array_nulls', true), pg_catalog.current_setting('transform_null_equals', true), pg_catalog.current_setting('default_text_search_config', true), pg_catalog.current_setting('gin_fuzzy_search_limit', true), pg_catalog.current_setting('default_transaction_isolation', true), pg_catalog.current_setting('default_transaction_read_only', true), pg_catalog.current_setting('default_transaction_deferrable', true), pg_catalog.current_setting('synchronous_commit', true), pg_catalog.current_setting('statement_timeout', true), pg_catalog.current_setting('lock_timeout', true), pg_catalog.current_setting('transaction_timeout', true), pg_catalog.current_setting('idle_in_transaction_session_timeout', true), pg_catalog.current_setting('idle_session_timeout', true), pg_catalog.current_setting('tcp_user_timeout', true), pg_catalog.current_setting('restrict_nonsystem_relation_kind', true), pg_catalog.current_setting('exit_on_error', true), pg_catalog.current_setting('application_name', true), pg_catalog.current_setting('client_min_messages', true), pg_catalog.current_setting('log_parameter_max_length_on_error', true), pg_catalog.current_setting('debug_print_parse', true), pg_catalog.current_setting('debug_print_rewritten', true), pg_catalog.current_setting('debug_print_plan', true))::pg_catalog.text OPERATOR(pg_catalog.<>) session_before THEN
    PERFORM pg_catalog.set_config(kept.name, kept.value, is_local)
    FROM ROWS FROM (
      pg_catalog.unnest('{TimeZone,timezone_abbreviations,DateStyle,IntervalStyle,lc_monetary,lc_numeric,lc_time,client_encoding,bytea_output,extra_float_digits,quote_all_identifiers,xmlbinary,xmloption,standard_conforming_strings,backslash_quote,array_nulls,transform_null_equals,default_text_search_config,gin_fuzzy_search_limit,default_transaction_isolation,default_transaction_read_only,default_transaction_deferrable,synchronous_commit,statement_timeout,lock_timeout,transaction_timeout,idle_in_transaction_session_timeout,idle_session_timeout,tcp_user_timeout,restrict_nonsystem_relation_kind,exit_on_error,application_name,client_min_messages,log_parameter_max_length_on_error,debug_print_parse,debug_print_rewritten,debug_print_plan}'::pg_catalog.text[]), pg_catalog.json_array_elements_text(session_before::pg_catalog.json)
    ) AS kept (name, value)
    WHERE pg_catalog.current_setting(kept.name, true) OPERATOR(pg_catalog.<>) kept.value;
  END IF;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.restore_session(text, boolean) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.restore_session(text, boolean) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.leave_context(path_before text, session_before text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  ignored pg_catalog.text;
BEGIN
  EXECUTE 'CLOSE ALL; UNLISTEN *; DISCARD TEMP';
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements AS made WHERE made.from_sql) THEN
    PERFORM identity.forget_statements();
  END IF;
  IF pg_catalog.json_build_array(pg_catalog.current_setting('TimeZone', true), pg_catalog.current_setting('timezone_abbreviations', true), pg_catalog.current_setting('DateStyle', true), pg_catalog.current_setting('IntervalStyle', true), pg_catalog.current_setting('lc_monetary', true), pg_catalog.current_setting('lc_numeric', true), pg_catalog.current_setting('lc_time', true), pg_catalog.current_setting('client_encoding', true), pg_catalog.current_setting('bytea_output', true), pg_catalog.current_setting('extra_float_digits', true), pg_catalog.current_setting('quote_all_identifiers', true), pg_catalog.current_setting('xmlbinary', true), pg_catalog.current_setting('xmloption', true), pg_catalog.current_setting('standard_conforming_strings', true), pg_catalog.current_setting('backslash_quote', true), pg_catalog.current_setting('array_nulls', true), pg_catalog.current_setting('transform_null_equals', true), pg_catalog.current_setting('default_text_search_config', true), pg_catalog.current_setting('gin_fuzzy_search_limit', true), pg_catalog.current_setting('default_transaction_isolation', true), pg_catalog.current_setting('default_transaction_read_only', true), pg_catalog.current_setting('default_transaction_deferrable', true), pg_catalog.current_setting('synchronous_commit', true), pg_catalog.current_setting('statement_timeout', true), pg_catalog.current_setting('lock_timeout', true), pg_catalog.current_setting('transaction_timeout', true), pg_catalog.current_setting('idle_in_transaction_session_timeout', true), pg_catalog.current_setting('idle_session_timeout', true), pg_catalog.current_setting('tcp_user_timeout', true), pg_catalog.current_setting('restrict_nonsystem_relation_kind', true), pg_catalog.current_setting('exit_on_error', true), pg_catalog.current_setting('application_name', true), pg_catalog.current_setting('client_min_messages', true), pg_catalog.current_setting('log_parameter_max_length_on_error', true), pg_catalog.current_setting('debug_print_parse', true), pg_catalog.current_setting('debug_print_rewritten', true), pg_catalog.current_setting('debug_print_plan', true))::pg_catalog.text OPERATOR(pg_catalog.<>) session_before THEN
    PERFORM identity.restore_session(session_before, false);
  END IF;
  ignored := pg_catalog.concat(pg_catalog.pg_advisory_unlock_all(), pg_catalog.set_config('role', 'none', false), pg_catalog.set_config('row_security', 'on', false), pg_catalog.set_config('canonical_models.user_id', '', false), pg_catalog.set_config('canonical_models.station_id', '', false), pg_catalog.set_config('canonical_models.token_id', '', false), pg_catalog.set_config('canonical_models.signature', '', false), pg_catalog.set_config('search_path', path_before, false));
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.leave_context(text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.leave_context(text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.chefs TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.roles TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.permissions TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.role_permissions TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.campaigns TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.campaign_sms_limits TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.sms_templates TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.qr_codes TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
DO $$
DECLARE
  granted record;
BEGIN
  FOR granted IN
    SELECT c.oid::regclass AS relation, CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee
    FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS acl
    WHERE c.oid = ANY ('{identity.station_audit_logs,identity.station_audit_chains,identity.station_audit_seals,identity.station_audit_origins,identity.station_access_tokens,identity.station_token_failures,public.discount_coupons,public.review_approval_log}'::regclass[]) AND acl.privilege_type = 'TRIGGER' AND acl.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE TRIGGER ON %s FROM %s CASCADE', granted.relation, granted.grantee);
  END LOOP;
END $$;--> statement-breakpoint
-- station_grants
INSERT INTO identity.permissions (name, display_name, resource, action) VALUES
  ('station.create', 'Station create', 'station', 'create'),
  ('station.read', 'Station read', 'station', 'read'),
  ('station.update', 'Station update', 'station', 'update'),
  ('station.delete', 'Station delete', 'station', 'delete'),
  ('station.manage_users', 'Station manage users', 'station', 'manage_users'),
  ('cross_station.read', 'Cross station read', 'cross_station', 'read'),
  ('cross_station.analytics', 'Cross station analytics', 'cross_station', 'analytics'),
  ('booking.create', 'Booking create', 'booking', 'create'),
  ('booking.read', 'Booking read', 'booking', 'read'),
  ('booking.update', 'Booking update', 'booking', 'update'),
  ('booking.cancel', 'Booking cancel', 'booking', 'cancel'),
  ('booking.reports', 'Booking reports', 'booking', 'reports'),
  ('customer.create', 'Customer create', 'customer', 'create'),
  ('customer.read', 'Customer read', 'customer', 'read'),
  ('customer.update', 'Customer update', 'customer', 'update'),
  ('customer.delete', 'Customer delete', 'customer', 'delete'),
  ('customer.export', 'Customer export', 'customer', 'export'),
  ('payment.record', 'Payment record', 'payment', 'record'),
  ('payment.read', 'Payment read', 'payment', 'read'),
  ('payment.refund', 'Payment refund', 'payment', 'refund'),
  ('payment.reports', 'Payment reports', 'payment', 'reports'),
  ('message.read', 'Message read', 'message', 'read'),
  ('message.send', 'Message send', 'message', 'send'),
  ('message.delete', 'Message delete', 'message', 'delete'),
  ('sms.send', 'Sms send', 'sms', 'send'),
  ('email.send', 'Email send', 'email', 'send'),
  ('lead.create', 'Lead create', 'lead', 'create'),
  ('lead.read', 'Lead read', 'lead', 'read'),
  ('lead.update', 'Lead update', 'lead', 'update'),
  ('lead.convert', 'Lead convert', 'lead', 'convert'),
  ('ai.chat', 'Ai chat', 'ai', 'chat'),
  ('ai.booking_assist', 'Ai booking assist', 'ai', 'booking_assist'),
  ('ai.analytics', 'Ai analytics', 'ai', 'analytics'),
  ('reports.basic', 'Reports basic', 'reports', 'basic'),
  ('reports.advanced', 'Reports advanced', 'reports', 'advanced'),
  ('reports.export', 'Reports export', 'reports', 'export'),
  ('audit.read', 'Audit read', 'audit', 'read'),
  ('system.config', 'System config', 'system', 'config'),
  ('user.manage', 'User manage', 'user', 'manage')
ON CONFLICT (resource, action) DO NOTHING;--> statement-breakpoint
INSERT INTO identity.roles (name, description, role_type, is_system_role) VALUES
  ('station.super_admin', 'Reaches every station, with every permission.', 'super_admin', true),
  ('station.admin', 'Runs the stations that it is assigned to.', 'admin', true),
  ('station.station_admin', 'Manages the stations that it is assigned to.', 'manager', true),
  ('station.customer_support', 'Helps the customers of the stations that it is assigned to.', 'staff', true)
ON CONFLICT (name) DO NOTHING;--> statement-breakpoint
WITH given AS (
  SELECT role.id AS role_id, permission.id AS permission_id
  FROM (VALUES
  ('super_admin', 'station.create'),
  ('super_admin', 'station.read'),
  ('super_admin', 'station.update'),
  ('super_admin', 'station.delete'),
  ('super_admin', 'station.manage_users'),
  ('super_admin', 'cross_station.read'),
  ('super_admin', 'cross_station.analytics'),
  ('super_admin', 'booking.create'),
  ('super_admin', 'booking.read'),
  ('super_admin', 'booking.update'),
  ('super_admin', 'booking.cancel'),
  ('super_admin', 'booking.reports'),
  ('super_admin', 'customer.create'),
  ('super_admin', 'customer.read'),
  ('super_admin', 'customer.update'),
  ('super_admin', 'customer.delete'),
  ('super_admin', 'customer.export'),
  ('super_admin', 'payment.record'),
  ('super_admin', 'payment.read'),
  ('super_admin', 'payment.refund'),
  ('super_admin', 'payment.reports'),
  ('super_admin', 'message.read'),
  ('super_admin', 'message.send'),
  ('super_admin', 'message.delete'),
  ('super_admin', 'sms.send'),
  ('super_admin', 'email.send'),
  ('super_admin', 'lead.create'),
  ('super_admin', 'lead.read'),
  ('super_admin', 'lead.update'),
  ('super_admin', 'lead.convert'),
  ('super_admin', 'ai.chat'),
  ('super_admin', 'ai.booking_assist'),
  ('super_admin', 'ai.analytics'),
  ('super_admin', 'reports.basic'),
  ('super_admin', 'reports.advanced'),
  ('super_admin', 'reports.export'),
  ('super_admin', 'audit.read'),
  ('super_admin', 'system.config'),
  ('super_admin', 'user.manage'),
  ('admin', 'station.read'),
  ('admin', 'station.update'),
  ('admin', 'station.manage_users'),
  ('admin', 'cross_station.read'),
  ('admin', 'cross_station.analytics'),
  ('admin', 'booking.create'),
  ('admin', 'booking.read'),
  ('admin', 'booking.update'),
  ('admin', 'booking.cancel'),
  ('admin', 'booking.reports'),
  ('admin', 'customer.create'),
  ('admin', 'customer.read'),
  ('admin', 'customer.update'),
  ('admin', 'customer.delete'),
  ('admin', 'customer.export'),
  ('admin', 'payment.record'),
  ('admin', 'payment.read'),
  ('admin', 'payment.refund'),
  ('admin', 'payment.reports'),
  ('admin', 'message.read'),
  ('admin', 'message.send'),
  ('admin', 'message.delete'),
  ('admin', 'sms.send'),
  ('admin', 'email.send'),
  ('admin', 'lead.create'),
  ('admin', 'lead.read'),
  ('admin', 'lead.update'),
  ('admin', 'lead.convert'),
  ('admin', 'ai.chat'),
  ('admin', 'ai.booking_assist'),
  ('admin', 'ai.analytics'),
  ('admin', 'reports.basic'),
  ('admin', 'reports.advanced'),
  ('admin', 'reports.export'),
  ('admin', 'audit.read'),
  ('admin', 'system.config'),
  ('admin', 'user.manage'),
  ('station_admin', 'station.read'),
  ('station_admin', 'station.update'),
  ('station_admin', 'booking.create'),
  ('station_admin', 'booking.read'),
  ('station_admin', 'booking.update'),
  ('station_admin', 'booking.cancel'),
  ('station_admin', 'booking.reports'),
  ('station_admin', 'customer.create'),
  ('station_admin', 'customer.read'),
  ('station_admin', 'customer.update'),
  ('station_admin', 'customer.export'),
  ('station_admin', 'payment.record'),
  ('station_admin', 'payment.read'),
  ('station_admin', 'payment.refund'),
  ('station_admin', 'payment.reports'),
  ('station_admin', 'message.read'),
  ('station_admin', 'message.send'),
  ('station_admin', 'sms.send'),
  ('station_admin', 'email.send'),
  ('station_admin', 'lead.create'),
  ('station_admin', 'lead.read'),
  ('station_admin', 'lead.update'),
  ('station_admin', 'lead.convert'),
  ('station_admin', 'ai.chat'),
  ('station_admin', 'ai.booking_assist'),
  ('station_admin', 'ai.analytics'),
  ('station_admin', 'reports.basic'),
  ('station_admin', 'reports.advanced'),
  ('station_admin', 'reports.export'),
  ('station_admin', 'audit.read'),
  ('customer_support', 'station.read'),
  ('customer_support', 'booking.read'),
  ('customer_support', 'booking.update'),
  ('customer_support', 'customer.read'),
  ('customer_support', 'customer.update'),
  ('customer_support', 'payment.read'),
  ('customer_support', 'message.read'),
  ('customer_support', 'message.send'),
  ('customer_support', 'sms.send'),
  ('customer_support', 'email.send'),
  ('customer_support', 'lead.create'),
  ('customer_support', 'lead.read'),
  ('customer_support', 'lead.update'),
  ('customer_support', 'ai.chat'),
  ('customer_support', 'ai.booking_assist'),
  ('customer_support', 'reports.basic')
  ) AS granted (role, permission)
  JOIN identity.roles AS role ON role.name = 'station.' || granted.role
  JOIN identity.permissions AS permission
    ON permission.resource = split_part(granted.permission, '.', 1) AND permission.action = split_part(granted.permission, '.', 2)
), taken_back AS (
  DELETE FROM identity.role_permissions AS granted USING identity.roles AS role
  WHERE role.id = granted.role_id AND role.name IN ('station.super_admin', 'station.admin', 'station.station_admin', 'station.customer_support')
    AND NOT EXISTS (SELECT FROM given WHERE given.role_id = granted.role_id AND given.permission_id = granted.permission_id)
)
INSERT INTO identity.role_permissions (role_id, permission_id) SELECT role_id, permission_id FROM given
ON CONFLICT (role_id, permission_id) DO NOTHING;--> statement-breakpoint
-- station_assignments
CREATE OR REPLACE FUNCTION identity.audit_assignment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  assignment identity.station_users := coalesce(NEW, OLD);
  actor uuid := identity.user_in_context();
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.station_id, NEW.user_id) <> (OLD.station_id, OLD.user_id) THEN
    INSERT INTO identity.station_audit_logs (station_id, user_id, user_role, action, resource_type, resource_id, details, success)
    VALUES (OLD.station_id, actor, identity.role_in_context(), 'assignment.ended', 'station_user', OLD.id,
      jsonb_strip_nulls(jsonb_build_object('userId', OLD.user_id, 'role', OLD.role, 'databaseRole', CASE WHEN actor IS NULL THEN session_user END)), true);
  ELSIF TG_OP = 'UPDATE' AND (NEW.role, NEW.additional_permissions, NEW.is_active, NEW.expires_at)
    IS NOT DISTINCT FROM (OLD.role, OLD.additional_permissions, OLD.is_active, OLD.expires_at) THEN
    RETURN NULL;
  END IF;
  INSERT INTO identity.station_audit_logs (station_id, user_id, user_role, action, resource_type, resource_id, details, success)
  VALUES (assignment.station_id, actor, identity.role_in_context(),
    CASE
      WHEN TG_OP = 'INSERT' THEN 'assignment.created'
      WHEN TG_OP = 'DELETE' OR (OLD.is_active AND NOT NEW.is_active) THEN 'assignment.ended'
      WHEN NEW.role <> OLD.role THEN 'role.changed'
      ELSE 'assignment.changed'
    END,
    'station_user', assignment.id,
    jsonb_strip_nulls(jsonb_build_object(
      'userId', assignment.user_id, 'role', assignment.role, 'additionalPermissions', assignment.additional_permissions,
      'isActive', assignment.is_active, 'expiresAt', assignment.expires_at, 'roleBefore', CASE WHEN TG_OP = 'UPDATE' THEN OLD.role END,
      'databaseRole', CASE WHEN actor IS NULL THEN session_user END, 'assignedBy', CASE WHEN actor IS NULL AND TG_OP <> 'DELETE' THEN assignment.assigned_by END
    )), true);
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.audit_truncated_assignments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  actor uuid := identity.user_in_context();
BEGIN
  INSERT INTO identity.station_audit_logs (station_id, user_id, user_role, action, resource_type, resource_id, details, success)
  SELECT ended.station_id, actor, identity.role_in_context(), 'assignment.ended', 'station_user', ended.id,
    jsonb_strip_nulls(jsonb_build_object('userId', ended.user_id, 'role', ended.role, 'databaseRole', CASE WHEN actor IS NULL THEN session_user END)), true
  FROM identity.station_users AS ended;
  RETURN NULL;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.audit_assignment(), identity.audit_truncated_assignments() FROM PUBLIC;--> statement-breakpoint
CREATE OR REPLACE TRIGGER station_users_audit AFTER INSERT OR UPDATE OR DELETE ON identity.station_users
FOR EACH ROW EXECUTE FUNCTION identity.audit_assignment();--> statement-breakpoint
CREATE OR REPLACE TRIGGER station_users_audit_truncate BEFORE TRUNCATE ON identity.station_users
FOR EACH STATEMENT EXECUTE FUNCTION identity.audit_truncated_assignments();--> statement-breakpoint
-- station_acts
CREATE OR REPLACE FUNCTION identity.ask_for_permission() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (row_security_active(TG_RELID) AND (((coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, 'USAGE'), false)) AND NOT pg_catalog.pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')) OR ((coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false)) AND NOT pg_catalog.pg_has_role(session_user, 'pg_execute_server_program', 'MEMBER')))) THEN
    RETURN NULL;
  END IF;
  -- Not in one expression: PostgreSQL asks for the right to call a function of it, even if it is not called.
  IF identity.permitted_station(TG_ARGV[0]) IS NULL AND NOT identity.reaches_every_station() THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('%I.%I: found a change of %s by a role without %s', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[1], TG_ARGV[0]),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'station_row';
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (row_security_active(TG_RELID) AND (((coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, 'USAGE'), false)) AND NOT pg_catalog.pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')) OR ((coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false)) AND NOT pg_catalog.pg_has_role(session_user, 'pg_execute_server_program', 'MEMBER')))) THEN
    RETURN NULL;
  END IF;
  RAISE insufficient_privilege USING
      MESSAGE = format('%I.%I: found a change of %s, which nobody at a station makes', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'station_row';
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.keep_own_assignment() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (row_security_active(TG_RELID) AND (((coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, 'USAGE'), false)) AND NOT pg_catalog.pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')) OR ((coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false)) AND NOT pg_catalog.pg_has_role(session_user, 'pg_execute_server_program', 'MEMBER')))) THEN
    RETURN NULL;
  END IF;
  -- The statement can have dropped its context by now, and with it who makes the change.
  IF identity.user_in_context() IS NULL THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('%I.%I: found a change by nobody; expected a context', TG_TABLE_SCHEMA, TG_TABLE_NAME),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'station_row';
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.user_id = identity.user_in_context() THEN
    IF TG_OP = 'UPDATE' AND (NEW.user_id, NEW.station_id, NEW.role, NEW.additional_permissions)
        IS NOT DISTINCT FROM (OLD.user_id, OLD.station_id, OLD.role, OLD.additional_permissions)
      AND NEW.is_active <= OLD.is_active AND (CASE WHEN NEW.expires_at IS NULL THEN 'infinity' WHEN isfinite(NEW.expires_at) THEN NEW.expires_at ELSE '-infinity' END) <= (CASE WHEN OLD.expires_at IS NULL THEN 'infinity' WHEN isfinite(OLD.expires_at) THEN OLD.expires_at ELSE '-infinity' END) THEN
      RETURN NULL;
    END IF;
    RAISE insufficient_privilege USING
      MESSAGE = format('%I.%I: found an assignment that its user prolongs or raises', TG_TABLE_SCHEMA, TG_TABLE_NAME),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'station_row';
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.sign_audit_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (row_security_active(TG_RELID) AND (((coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, 'USAGE'), false) OR coalesce(pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, 'USAGE'), false)) AND NOT pg_catalog.pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')) OR ((coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_assigned')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false) OR coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('station_service_every')::pg_catalog.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END), false)) AND NOT pg_catalog.pg_has_role(session_user, 'pg_execute_server_program', 'MEMBER')))) THEN
    RETURN NEW;
  END IF;
  IF NEW.action IN ('station.switched', 'assignment.created', 'assignment.changed', 'assignment.ended', 'role.changed') THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('%I.%I: found the action %s of a service; expected one that the database does not record itself', TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.action),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'station_row';
  END IF;
  IF (NEW.user_id = identity.user_in_context()) IS NOT TRUE THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('%I.%I: found an event of another user than that of the context', TG_TABLE_SCHEMA, TG_TABLE_NAME),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'station_row';
  END IF;
  NEW.user_role := identity.role_in_context();
  NEW.created_at := clock_timestamp();
  RETURN NEW;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.ask_for_permission() FROM PUBLIC;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.refuse_change() FROM PUBLIC;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.keep_own_assignment() FROM PUBLIC;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.sign_audit_log() FROM PUBLIC;--> statement-breakpoint
CREATE OR REPLACE TRIGGER station_audit_logs_sign BEFORE INSERT ON identity.station_audit_logs
FOR EACH ROW EXECUTE FUNCTION identity.sign_audit_log();--> statement-breakpoint
CREATE OR REPLACE TRIGGER station_users_keep_own AFTER INSERT OR UPDATE OR DELETE ON identity.station_users
FOR EACH ROW EXECUTE FUNCTION identity.keep_own_assignment();--> statement-breakpoint
CREATE OR REPLACE TRIGGER ask_for_station_delete_on_update AFTER UPDATE ON identity.stations
FOR EACH ROW WHEN ((OLD.status IS DISTINCT FROM NEW.status AND NEW.status = 'suspended') OR (OLD.status IS DISTINCT FROM NEW.status AND OLD.status = 'suspended'))
EXECUTE FUNCTION identity.ask_for_permission('station.delete', 'status');--> statement-breakpoint
CREATE OR REPLACE TRIGGER ask_for_station_delete_on_insert AFTER INSERT ON identity.stations
FOR EACH ROW WHEN (NEW.status = 'suspended')
EXECUTE FUNCTION identity.ask_for_permission('station.delete', 'status');--> statement-breakpoint
-- find_station_tokens
CREATE OR REPLACE FUNCTION identity.find_station_tokens(questions json) RETURNS json
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (
    SELECT json_agg(answer.found ORDER BY asked.number)
    FROM ROWS FROM (
      json_to_recordset(questions) AS ("hash" varchar, "address" varchar, "stationId" uuid)
    ) WITH ORDINALITY AS asked (hash, address, station_id, number)
    CROSS JOIN LATERAL (
      SELECT json_build_object(
        'now', extract(epoch FROM clock_timestamp()) * 1000,
        'stationKnown', EXISTS (SELECT FROM identity.stations WHERE id = asked.station_id),
        'failures', coalesce(of_address.failures, 0),
        'secondsLeft', extract(epoch FROM of_address.began_at - clock_timestamp() + interval '900 seconds'),
        'token', CASE WHEN token.id IS NOT NULL THEN json_build_object(
          'hash', token.token_hash,
          'id', token.id,
          'userId', token.user_id,
          'stationId', token.station_id,
          'sessionId', token.session_id,
          'jwtId', token.jwt_id,
          'role', token.role,
          'permissions', token.permissions,
          'scope', token.scope,
          'expiresAt', extract(epoch FROM token.expires_at) * 1000,
          'isRevoked', token.is_revoked,
          'isReplaced', token.replaced_by IS NOT NULL,
          'isExpired', token.expires_at <= clock_timestamp()
        ) END,
        'userStatus', holder.status,
        'isSuperAdmin', holder.is_super_admin,
        'assignments', ARRAY(
          SELECT json_build_object(
            'stationId', assignment.station_id,
            'role', assignment.role,
            'additionalPermissions', assignment.additional_permissions,
            'isActive', assignment.is_active,
            'expiresAt', extract(epoch FROM assignment.expires_at) * 1000,
            'stationStatus', station.status
          )
          FROM identity.station_users AS assignment
          JOIN identity.stations AS station ON station.id = assignment.station_id
          WHERE assignment.user_id = token.user_id
            AND (assignment.station_id = token.station_id OR assignment.role = 'super_admin')
        )
      ) AS found
      FROM (SELECT) AS given
      LEFT JOIN (
        SELECT * FROM identity.station_access_tokens WHERE token_hash >= asked.hash ORDER BY token_hash LIMIT 1
      ) AS token ON true
      LEFT JOIN identity.users AS holder ON holder.id = token.user_id
      LEFT JOIN identity.station_token_failures AS of_address
        ON of_address.address = asked.address AND of_address.station_id IS NULL AND of_address.token_id IS NULL
          AND of_address.began_at > clock_timestamp() - interval '900 seconds'
      LIMIT 1
    ) AS answer
  );
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.station_token_standing(presented text, at_station uuid, OUT token_id uuid, OUT user_id uuid,
  OUT session_id uuid, OUT token_role text, OUT token_permissions jsonb, OUT is_replaced boolean, OUT role text,
  OUT additional_permissions jsonb, OUT refusal text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  token record;
  standing record;
BEGIN
  SELECT * INTO token FROM identity.station_access_tokens AS known
  WHERE known.token_hash = encode(sha256(convert_to(presented, 'UTF8')), 'hex');
  IF NOT FOUND THEN
    refusal := CASE WHEN presented ~ '^cmst_[0-9A-Za-z]{49}$' THEN 'an unknown token' ELSE 'a malformed token' END;
    RETURN;
  END IF;
  token_id := token.id;
  user_id := token.user_id;
  session_id := token.session_id;
  token_role := token.role;
  token_permissions := token.permissions;
  is_replaced := token.replaced_by IS NOT NULL;
  standing := identity.station_standing(token.user_id, token.station_id);
  role := standing.role;
  additional_permissions := standing.additional_permissions;
  refusal := CASE
    WHEN token.station_id IS DISTINCT FROM at_station THEN 'a token of another station'
    WHEN token.is_revoked AND is_replaced THEN 'a rotated token'
    WHEN token.is_revoked THEN 'a revoked token'
    WHEN token.expires_at <= clock_timestamp() THEN 'an expired token'
    WHEN standing.refusal IS NOT NULL THEN 'a token without a right at the station'
  END;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.station_token_standing(text, uuid) FROM PUBLIC;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.refuse_station_token(presented text, at_station uuid, counted_address text, from_address text, with_agent text, given_proof text,
  OUT failures integer, OUT seconds_left double precision)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  context_key record;
  transaction_secret text;
  entry_lock bigint;
  backend_proof text;
  found record;
  counted record;
BEGIN
  SELECT key.inner_pad, key.outer_pad INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key;
  transaction_secret := encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('transaction', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex');
  entry_lock := ('x' || left(transaction_secret, 16))::bit(64)::bigint;
  backend_proof := left(encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('backend', pg_backend_pid(), extract(epoch FROM pg_postmaster_start_time()))::text, 'UTF8'))), 'hex'), 32);
  -- Who has that of the backend begins a transaction, in which there is no context yet.
  IF (given_proof = right(transaction_secret, 32) OR (backend_proof = ANY (string_to_array(given_proof, ',')) AND coalesce(current_setting('canonical_models.signature', true), '') = '')) IS NOT TRUE THEN
    IF EXISTS (
      SELECT FROM pg_locks AS held
      WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
        AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
    ) THEN
      RAISE object_in_use USING
        MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
        HINT = 'Call withStation with the handle of the callback, or in another transaction.';
    END IF;
  END IF;
  found := identity.station_token_standing(presented, at_station);
  -- One that is valid by now is not recorded, no matter who calls this; nor is one on a standby.
  IF found.refusal IS NULL OR current_setting('transaction_read_only')::boolean THEN
    RETURN;
  END IF;
  IF found.is_replaced THEN
    -- First, as locks.ts says.
    PERFORM FROM identity.users AS holder WHERE holder.id = found.user_id FOR NO KEY UPDATE;
    WITH revoked AS (
      UPDATE identity.station_access_tokens SET is_revoked = true, revoked_at = clock_timestamp()
      WHERE id IN (
        SELECT member.id FROM identity.station_access_tokens AS member
        WHERE (member.user_id, member.station_id, coalesce(member.family_id, member.id)) = (
            SELECT known.user_id, known.station_id, coalesce(known.family_id, known.id)
            FROM identity.station_access_tokens AS known WHERE known.id = found.token_id
          ) AND NOT member.is_revoked AND member.expires_at > clock_timestamp()
        ORDER BY member.id FOR UPDATE
      )
      RETURNING id, station_id, user_id
    )
    INSERT INTO identity.station_audit_logs (station_id, action, resource_type, resource_id, ip_address, user_agent, details, success)
    SELECT revoked.station_id, 'token.revoked', 'station_access_token', revoked.id, from_address, with_agent,
      jsonb_build_object('holder', revoked.user_id, 'reason', 'a rotated token came back'), true
    FROM revoked;
  END IF;
  IF counted_address IS NOT NULL THEN
    INSERT INTO "identity"."station_token_failures" AS failure (address, station_id, token_id, failures, began_at)
    SELECT counted_address::varchar, NULL::uuid, NULL::uuid, 1, clock_timestamp() 
    ON CONFLICT (address, station_id, token_id) DO UPDATE SET
      failures = CASE WHEN failure.began_at <= clock_timestamp() - interval '900 seconds' THEN 1 ELSE failure.failures + 1 END,
      began_at = CASE WHEN failure.began_at <= clock_timestamp() - interval '900 seconds' THEN clock_timestamp() ELSE failure.began_at END
    RETURNING failures, extract(epoch FROM began_at - clock_timestamp()) + 900 AS seconds_left INTO counted;
    failures := counted.failures;
    seconds_left := counted.seconds_left;
  END IF;
  IF EXISTS (SELECT FROM identity.stations AS station WHERE station.id = at_station) THEN
    INSERT INTO "identity"."station_token_failures" AS failure (address, station_id, token_id, failures, began_at)
    SELECT NULL::varchar, at_station::uuid, found.token_id::uuid, 1, clock_timestamp() 
    ON CONFLICT (address, station_id, token_id) DO UPDATE SET
      failures = CASE WHEN failure.began_at <= clock_timestamp() - interval '900 seconds' THEN 1 ELSE failure.failures + 1 END,
      began_at = CASE WHEN failure.began_at <= clock_timestamp() - interval '900 seconds' THEN clock_timestamp() ELSE failure.began_at END
    RETURNING failures INTO counted;
    IF (counted.failures <= 10 OR rtrim(counted.failures::text, '0') IN ('1', '2', '5')) THEN
      INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, resource_type, resource_id, ip_address, user_agent, details, success, error_message)
      VALUES (at_station, found.user_id, found.session_id, 'token.refused', 'station_access_token', found.token_id, from_address, with_agent,
        jsonb_build_object('failures', counted.failures), false, found.refusal);
    END IF;
  END IF;
  DELETE FROM "identity"."station_token_failures" WHERE id IN (
    SELECT id FROM "identity"."station_token_failures"
    WHERE began_at < statement_timestamp() - interval '900 seconds' AND address IS DISTINCT FROM counted_address::varchar
      AND NOT coalesce(station_id = at_station::uuid AND token_id IS NOT DISTINCT FROM found.token_id::uuid, false)
    ORDER BY began_at LIMIT 10 FOR UPDATE SKIP LOCKED
  );
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.enter_station_by_token(presented text, at_station uuid, counted_address text, from_address text, with_agent text, given_proof text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  context_key record;
  transaction_secret text;
  entry_lock bigint;
  backend_proof text;
  settings json;
  refusal text;
  ignored text;
  found record;
  refused record;
BEGIN
  IF NOT current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
    RAISE invalid_transaction_state USING
      MESSAGE = format('station access: found a transaction of isolation level %s; expected read committed', current_setting('transaction_isolation'));
  END IF;
  SELECT key.inner_pad, key.outer_pad INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key;
  transaction_secret := encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('transaction', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex');
  entry_lock := ('x' || left(transaction_secret, 16))::bit(64)::bigint;
  backend_proof := left(encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('backend', pg_backend_pid(), extract(epoch FROM pg_postmaster_start_time()))::text, 'UTF8'))), 'hex'), 32);
  -- Who has that of the backend begins a transaction, in which there is no context yet.
  IF (given_proof = right(transaction_secret, 32) OR (backend_proof = ANY (string_to_array(given_proof, ',')) AND coalesce(current_setting('canonical_models.signature', true), '') = '')) IS NOT TRUE THEN
    IF EXISTS (
      SELECT FROM pg_locks AS held
      WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
        AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
    ) THEN
      RAISE object_in_use USING
        MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
        HINT = 'Call withStation with the handle of the callback, or in another transaction.';
    END IF;
  END IF;
  settings := json_build_array(current_setting('role', true), current_setting('row_security', true), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.token_id', true), current_setting('canonical_models.signature', true));
  found := identity.station_token_standing(presented, at_station);
  IF found.refusal IS NULL THEN
    ignored := concat(pg_advisory_xact_lock_shared(entry_lock), set_config('canonical_models.user_id', found.user_id::text, true),
      set_config('canonical_models.station_id', at_station::text, true), set_config('canonical_models.token_id', found.token_id::text, true),
      set_config('canonical_models.signature', encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), found.user_id::text, at_station::text, found.token_id::text)::text, 'UTF8'))), 'hex'), true));
    RETURN json_build_object('refusal', refusal, 'settings', settings, 'session', pg_catalog.json_build_array(pg_catalog.current_setting('TimeZone', true), pg_catalog.current_setting('timezone_abbreviations', true), pg_catalog.current_setting('DateStyle', true), pg_catalog.current_setting('IntervalStyle', true), pg_catalog.current_setting('lc_monetary', true), pg_catalog.current_setting('lc_numeric', true), pg_catalog.current_setting('lc_time', true), pg_catalog.current_setting('client_encoding', true), pg_catalog.current_setting('bytea_output', true), pg_catalog.current_setting('extra_float_digits', true), pg_catalog.current_setting('quote_all_identifiers', true), pg_catalog.current_setting('xmlbinary', true), pg_catalog.current_setting('xmloption', true), pg_catalog.current_setting('standard_conforming_strings', true), pg_catalog.current_setting('backslash_quote', true), pg_catalog.current_setting('array_nulls', true), pg_catalog.current_setting('transform_null_equals', true), pg_catalog.current_setting('default_text_search_config', true), pg_catalog.current_setting('gin_fuzzy_search_limit', true), pg_catalog.current_setting('default_transaction_isolation', true), pg_catalog.current_setting('default_transaction_read_only', true), pg_catalog.current_setting('default_transaction_deferrable', true), pg_catalog.current_setting('synchronous_commit', true), pg_catalog.current_setting('statement_timeout', true), pg_catalog.current_setting('lock_timeout', true), pg_catalog.current_setting('transaction_timeout', true), pg_catalog.current_setting('idle_in_transaction_session_timeout', true), pg_catalog.current_setting('idle_session_timeout', true), pg_catalog.current_setting('tcp_user_timeout', true), pg_catalog.current_setting('restrict_nonsystem_relation_kind', true), pg_catalog.current_setting('exit_on_error', true), pg_catalog.current_setting('application_name', true), pg_catalog.current_setting('client_min_messages', true), pg_catalog.current_setting('log_parameter_max_length_on_error', true), pg_catalog.current_setting('debug_print_parse', true), pg_catalog.current_setting('debug_print_rewritten', true), pg_catalog.current_setting('debug_print_plan', true))::pg_catalog.text, 'isReadOnly', current_setting('transaction_read_only')::boolean, 'proof', CASE WHEN refusal IS NULL THEN right(transaction_secret, 32) END, 'backendProof', CASE WHEN refusal IS NULL THEN backend_proof END, 'userId', found.user_id, 'role', found.role, 'additional', found.additional_permissions, 'denialProof', concat(extract(epoch FROM statement_timestamp())::text, ' ', encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || convert_to(json_build_array('denial', extract(epoch FROM statement_timestamp())::text, found.user_id::text, at_station::text, coalesce(NULL, ''), coalesce(found.token_id::text, ''))::text, 'UTF8'))), 'hex')), 'token', json_build_object('id', found.token_id, 'role', found.token_role, 'permissions', found.token_permissions))::text;
  END IF;
  refusal := 'token-refused';
  refused := identity.refuse_station_token(presented, at_station, counted_address, from_address, with_agent, given_proof);
  RETURN json_build_object('refusal', refusal, 'settings', settings, 'session', pg_catalog.json_build_array(pg_catalog.current_setting('TimeZone', true), pg_catalog.current_setting('timezone_abbreviations', true), pg_catalog.current_setting('DateStyle', true), pg_catalog.current_setting('IntervalStyle', true), pg_catalog.current_setting('lc_monetary', true), pg_catalog.current_setting('lc_numeric', true), pg_catalog.current_setting('lc_time', true), pg_catalog.current_setting('client_encoding', true), pg_catalog.current_setting('bytea_output', true), pg_catalog.current_setting('extra_float_digits', true), pg_catalog.current_setting('quote_all_identifiers', true), pg_catalog.current_setting('xmlbinary', true), pg_catalog.current_setting('xmloption', true), pg_catalog.current_setting('standard_conforming_strings', true), pg_catalog.current_setting('backslash_quote', true), pg_catalog.current_setting('array_nulls', true), pg_catalog.current_setting('transform_null_equals', true), pg_catalog.current_setting('default_text_search_config', true), pg_catalog.current_setting('gin_fuzzy_search_limit', true), pg_catalog.current_setting('default_transaction_isolation', true), pg_catalog.current_setting('default_transaction_read_only', true), pg_catalog.current_setting('default_transaction_deferrable', true), pg_catalog.current_setting('synchronous_commit', true), pg_catalog.current_setting('statement_timeout', true), pg_catalog.current_setting('lock_timeout', true), pg_catalog.current_setting('transaction_timeout', true), pg_catalog.current_setting('idle_in_transaction_session_timeout', true), pg_catalog.current_setting('idle_session_timeout', true), pg_catalog.current_setting('tcp_user_timeout', true), pg_catalog.current_setting('restrict_nonsystem_relation_kind', true), pg_catalog.current_setting('exit_on_error', true), pg_catalog.current_setting('application_name', true), pg_catalog.current_setting('client_min_messages', true), pg_catalog.current_setting('log_parameter_max_length_on_error', true), pg_catalog.current_setting('debug_print_parse', true), pg_catalog.current_setting('debug_print_rewritten', true), pg_catalog.current_setting('debug_print_plan', true))::pg_catalog.text, 'isReadOnly', current_setting('transaction_read_only')::boolean, 'proof', CASE WHEN refusal IS NULL THEN right(transaction_secret, 32) END, 'backendProof', CASE WHEN refusal IS NULL THEN backend_proof END, 'failures', refused.failures, 'secondsLeft', refused.seconds_left)::text;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.refuse_station_token(text, uuid, text, text, text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.refuse_station_token(text, uuid, text, text, text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.enter_station_by_token(text, uuid, text, text, text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.enter_station_by_token(text, uuid, text, text, text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
ALTER TABLE "identity"."stations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "identity"."station_audit_logs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "identity"."station_users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "everyone_else" ON "identity"."stations" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "identity"."stations" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "identity"."stations" AS RESTRICTIVE FOR SELECT TO "station_service" USING (stations.id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(stations.id = (SELECT identity.permitted_station('station.read')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "station_insert" ON "identity"."stations" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((stations.id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(stations.id = (SELECT identity.permitted_station('station.create')), false) IS NOT NULL) OR identity.refuse('identity.stations'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "identity"."stations" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (stations.id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(stations.id = (SELECT identity.permitted_station('station.update')), false) IS NOT NULL) WITH CHECK ((stations.id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(stations.id = (SELECT identity.permitted_station('station.update')), false) IS NOT NULL) OR identity.refuse('identity.stations'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "identity"."stations" AS RESTRICTIVE FOR DELETE TO "station_service" USING (stations.id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(stations.id = (SELECT identity.permitted_station('station.delete')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "identity"."stations" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (stations.id = ANY ((SELECT identity.permitted_stations('station.read'))::uuid[])) WITH CHECK (identity.refuse('identity.stations'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "identity"."stations" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('identity.stations'::regclass));--> statement-breakpoint
CREATE POLICY "everyone_else" ON "identity"."station_access_tokens" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "identity"."station_access_tokens" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR SELECT TO "station_service" USING (station_access_tokens.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_access_tokens.station_id = (SELECT identity.permitted_station('station.manage_users')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "station_insert" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK (identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (false) WITH CHECK (identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR DELETE TO "station_service" USING (false);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (station_access_tokens.station_id = ANY ((SELECT identity.permitted_stations('station.manage_users'))::uuid[])) WITH CHECK (identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "identity"."station_access_tokens" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('identity.station_access_tokens'::regclass));--> statement-breakpoint
CREATE POLICY "everyone_else" ON "identity"."station_audit_logs" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "identity"."station_audit_logs" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR SELECT TO "station_service" USING (station_audit_logs.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_audit_logs.station_id = (SELECT identity.permitted_station('audit.read')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "station_insert" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((station_audit_logs.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_audit_logs.station_id = (SELECT identity.permitted_station('station.read')), false) IS NOT NULL AND user_id = (SELECT identity.user_in_context())) OR identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (false) WITH CHECK (identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR DELETE TO "station_service" USING (false);--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (station_audit_logs.station_id = ANY ((SELECT identity.permitted_stations('audit.read'))::uuid[])) WITH CHECK (identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "identity"."station_audit_logs" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('identity.station_audit_logs'::regclass));--> statement-breakpoint
CREATE POLICY "everyone_else" ON "identity"."station_users" AS PERMISSIVE FOR ALL TO public USING (identity.is_outside_of_groups());--> statement-breakpoint
CREATE POLICY "station_groups" ON "identity"."station_users" AS PERMISSIVE FOR ALL TO "station_service", "station_service_assigned", "station_service_every" USING (true);--> statement-breakpoint
CREATE POLICY "station_select" ON "identity"."station_users" AS RESTRICTIVE FOR SELECT TO "station_service" USING (station_users.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_users.station_id = (SELECT identity.permitted_station('station.read')), false) IS NOT NULL);--> statement-breakpoint
CREATE POLICY "station_insert" ON "identity"."station_users" AS RESTRICTIVE FOR INSERT TO "station_service" WITH CHECK ((station_users.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_users.station_id = (SELECT identity.permitted_station('station.manage_users')), false) IS NOT NULL AND identity.may_assign(role, additional_permissions)) OR identity.refuse('identity.station_users'::regclass));--> statement-breakpoint
CREATE POLICY "station_update" ON "identity"."station_users" AS RESTRICTIVE FOR UPDATE TO "station_service" USING (station_users.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_users.station_id = (SELECT identity.permitted_station('station.manage_users')), false) IS NOT NULL AND identity.may_assign(role, additional_permissions)) WITH CHECK ((station_users.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_users.station_id = (SELECT identity.permitted_station('station.manage_users')), false) IS NOT NULL AND identity.may_assign(role, additional_permissions)) OR identity.refuse('identity.station_users'::regclass));--> statement-breakpoint
CREATE POLICY "station_delete" ON "identity"."station_users" AS RESTRICTIVE FOR DELETE TO "station_service" USING (station_users.station_id = nullif(current_setting('canonical_models.station_id', true), '')::uuid AND nullif(station_users.station_id = (SELECT identity.permitted_station('station.manage_users')), false) IS NOT NULL AND identity.may_assign(role, additional_permissions));--> statement-breakpoint
CREATE POLICY "assigned_stations" ON "identity"."station_users" AS RESTRICTIVE FOR ALL TO "station_service_assigned" USING (station_users.station_id = ANY ((SELECT identity.permitted_stations('station.read'))::uuid[])) WITH CHECK (identity.refuse('identity.station_users'::regclass));--> statement-breakpoint
CREATE POLICY "every_station" ON "identity"."station_users" AS RESTRICTIVE FOR ALL TO "station_service_every" USING ((SELECT identity.reaches_every_station())) WITH CHECK (((SELECT identity.reaches_every_station())) OR identity.refuse('identity.station_users'::regclass));--> statement-breakpoint
GRANT SELECT ON identity.stations TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON identity.stations TO station_service, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.station_access_tokens TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.station_audit_logs TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT ON identity.station_audit_logs TO station_service, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.station_users TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON identity.station_users TO station_service, station_service_every;
