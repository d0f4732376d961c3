SET LOCAL lock_timeout = '2s';--> statement-breakpoint
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
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
  outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);--> statement-breakpoint
REVOKE ALL ON drizzle.canonical_models_context_key FROM PUBLIC;--> statement-breakpoint
ALTER TABLE drizzle.canonical_models_context_key ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
INSERT INTO drizzle.canonical_models_context_key (inner_pad, outer_pad)
SELECT (SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # 54), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place), (SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # 92), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place)
FROM (
  SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || decode(repeat('00', 32), 'hex') AS bytes OFFSET 0
) AS key
ON CONFLICT (is_only) DO NOTHING;--> statement-breakpoint
GRANT USAGE ON SCHEMA public, identity TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.user_in_context() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE WHEN coalesce(current_setting('canonical_models.signature', true) = (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.limits', true))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), false) THEN current_setting('canonical_models.user_id', true)::uuid END;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.station_standing(of_user uuid, at_station uuid, OUT role text, OUT additional_permissions jsonb, OUT refusal text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_there record;
BEGIN
  SELECT holder.status = 'active' AS is_active_user, station.id AS station, station.status <> 'suspended' AS is_open, assignment.id AS assignment,
    assignment.role, assignment.additional_permissions, assignment.is_active, assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp()) AS in_force,
    (holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp())
      )) AS is_super_admin
  INTO found_there
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
  asking uuid;
  at_station uuid;
BEGIN
  IF NOT coalesce(current_setting('canonical_models.signature', true) = (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.limits', true))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), false) OR current_setting('canonical_models.station_id', true) IN ('assigned', 'every')
    OR (current_setting('canonical_models.limits', true) <> '' AND permission <> ALL (string_to_array(current_setting('canonical_models.limits', true), ','))) THEN
    RETURN NULL;
  END IF;
  asking := current_setting('canonical_models.user_id', true);
  at_station := current_setting('canonical_models.station_id', true);
  RETURN (
    SELECT station.id
    FROM identity.users AS holder
    JOIN identity.stations AS station ON station.id = at_station
    LEFT JOIN identity.station_users AS assignment
      ON assignment.user_id = holder.id AND assignment.station_id = at_station AND assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp()) AND station.status <> 'suspended'
    WHERE holder.id = asking AND holder.status = 'active' AND (
      (
      (jsonb_typeof(assignment.additional_permissions) = 'array' AND assignment.additional_permissions ? permitted_station.permission) OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || assignment.role AND role.is_active
          AND allowed.resource = split_part(permitted_station.permission, '.', 1) AND allowed.action = split_part(permitted_station.permission, '.', 2)
      )
    )
      OR ((holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp())
      )) AND (
      (jsonb_typeof('[]'::jsonb) = 'array' AND '[]'::jsonb ? permitted_station.permission) OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || 'super_admin' AND role.is_active
          AND allowed.resource = split_part(permitted_station.permission, '.', 1) AND allowed.action = split_part(permitted_station.permission, '.', 2)
      )
    ))
    )
  );
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.permitted_stations(permission text) RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('canonical_models.station_id', true) IS DISTINCT FROM 'assigned' OR NOT coalesce(current_setting('canonical_models.signature', true) = (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.limits', true))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), false) THEN
    RETURN '{}';
  END IF;
  RETURN coalesce((
    SELECT array_agg(assignment.station_id ORDER BY assignment.station_id)
    FROM identity.station_users AS assignment
    CROSS JOIN LATERAL identity.station_standing(assignment.user_id, assignment.station_id) AS standing
    WHERE assignment.user_id = identity.user_in_context() AND assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp()) AND standing.refusal IS NULL
      AND (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? 'cross_station.read') OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || standing.role AND role.is_active
          AND allowed.resource = split_part('cross_station.read', '.', 1) AND allowed.action = split_part('cross_station.read', '.', 2)
      )
    )
      AND (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? permitted_stations.permission) OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || standing.role AND role.is_active
          AND allowed.resource = split_part(permitted_stations.permission, '.', 1) AND allowed.action = split_part(permitted_stations.permission, '.', 2)
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
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp())
      ))
  );
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.may_assign(given_role text, given_additional jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  station uuid := identity.permitted_station('station.manage_users');
  standing record;
BEGIN
  IF station IS NULL THEN
    RETURN false;
  END IF;
  standing := identity.station_standing(identity.user_in_context(), station);
  RETURN standing.role = 'super_admin' OR (given_role IS DISTINCT FROM 'super_admin' AND NOT EXISTS (
    SELECT FROM (SELECT resource || '.' || action AS name FROM identity.permissions) AS known
    WHERE (
      (jsonb_typeof(given_additional) = 'array' AND given_additional ? known.name) OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || given_role AND role.is_active
          AND allowed.resource = split_part(known.name, '.', 1) AND allowed.action = split_part(known.name, '.', 2)
      )
    )
      AND NOT (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? known.name) OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || standing.role AND role.is_active
          AND allowed.resource = split_part(known.name, '.', 1) AND allowed.action = split_part(known.name, '.', 2)
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
    WHEN relation = 'public.lead_social_threads'::regclass AND reference = 'lead_id' THEN EXISTS (SELECT FROM public.lead_social_threads WHERE lead_social_threads.id = of_row AND lead_social_threads.lead_id = referred AND (EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = lead_social_threads.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('lead.update'))) OR lead_social_threads.customer_id IS NULL AND EXISTS (SELECT FROM public.leads AS parent_1 WHERE parent_1.id = lead_social_threads.lead_id AND EXISTS (SELECT FROM public.customers AS parent_2 WHERE parent_2.id = parent_1.customer_id AND parent_2.station_id = (SELECT identity.permitted_station('lead.update'))))))
    WHEN relation = 'public.event_customer_reviews'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.event_customer_reviews WHERE event_customer_reviews.id = of_row AND event_customer_reviews.customer_id = referred AND (EXISTS (SELECT FROM public.bookings AS parent_1 WHERE parent_1.id = event_customer_reviews.booking_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update'))) OR event_customer_reviews.booking_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = event_customer_reviews.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update')))))
    WHEN relation = 'public.customer_review_blog_posts'::regclass AND reference = 'customer_id' THEN EXISTS (SELECT FROM public.customer_review_blog_posts WHERE customer_review_blog_posts.id = of_row AND customer_review_blog_posts.customer_id = referred AND (EXISTS (SELECT FROM public.bookings AS parent_1 WHERE parent_1.id = customer_review_blog_posts.booking_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update'))) OR customer_review_blog_posts.booking_id IS NULL AND EXISTS (SELECT FROM public.customers AS parent_1 WHERE parent_1.id = customer_review_blog_posts.customer_id AND parent_1.station_id = (SELECT identity.permitted_station('customer.update')))))
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
REVOKE ALL ON FUNCTION identity.may_assign(text, jsonb) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.may_assign(text, jsonb) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.refers_already(regclass, text, uuid, uuid) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.refers_already(regclass, text, uuid, uuid) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.refuse(regclass) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.refuse(regclass) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.station_standing(uuid, uuid) FROM PUBLIC;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.enter_station(of_user uuid, at_station uuid, in_session uuid, from_address text, with_agent text, given_proof text, OUT role text, OUT additional_permissions jsonb, OUT refusal text, OUT settings jsonb, OUT proof text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry_lock bigint := ('x' || left((SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('lock', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), 16))::bit(64)::bigint;
  station_before text := CASE WHEN coalesce(current_setting('canonical_models.signature', true) = (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.limits', true))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), false) THEN current_setting('canonical_models.station_id', true) END;
  user_before uuid := identity.user_in_context();
BEGIN
  IF EXISTS (
    SELECT FROM pg_locks AS held
    WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
      AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
  ) AND given_proof IS DISTINCT FROM (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('proof', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key) THEN
    RAISE object_in_use USING
      MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
      HINT = 'Call withStation with the handle of the callback, or in another transaction.';
  END IF;
  settings := jsonb_build_array(current_setting('role', true), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.limits', true), current_setting('canonical_models.signature', true));
  SELECT standing.role, standing.additional_permissions, standing.refusal INTO role, additional_permissions, refusal
  FROM identity.station_standing(of_user, at_station) AS standing;
  IF refusal IS NOT NULL OR (station_before <> at_station::text AND station_before NOT IN ('assigned', 'every') AND user_before = of_user) THEN
    INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, user_role, ip_address, user_agent, details, success, error_message)
    SELECT station.id, (SELECT holder.id FROM identity.users AS holder WHERE holder.id = of_user), in_session,
      CASE WHEN refusal IS NULL THEN 'station.switched' ELSE 'access.denied' END, role, from_address, with_agent,
      jsonb_strip_nulls(jsonb_build_object('from', CASE WHEN refusal IS NULL THEN station_before END, 'userId', of_user)), refusal IS NULL, refusal
    FROM identity.stations AS station WHERE station.id = at_station;
  END IF;
  IF refusal IS NULL THEN
    PERFORM pg_advisory_xact_lock_shared(entry_lock);
    PERFORM set_config('canonical_models.user_id', of_user::text, true), set_config('canonical_models.station_id', at_station::text, true),
      set_config('canonical_models.limits', '', true),
      set_config('canonical_models.signature', (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), of_user::text, at_station::text, '')::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), true);
    proof := (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('proof', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key);
  END IF;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.record_denial(of_user uuid, at_station uuid, in_session uuid, from_address text, with_agent text, on_table text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, resource_type, ip_address, user_agent, details, success, error_message)
  SELECT station.id, (SELECT holder.id FROM identity.users AS holder WHERE holder.id = of_user), in_session,
    'access.denied', on_table, from_address, with_agent, jsonb_build_object('userId', of_user), false,
    CASE WHEN on_table IS NULL THEN (SELECT standing.refusal FROM identity.station_standing(of_user, at_station) AS standing) ELSE 'row-refused' END
  FROM identity.stations AS station WHERE station.id = at_station;
END
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION identity.enter_stations(of_user uuid, which text, given_proof text, OUT role text, OUT additional_permissions jsonb, OUT refusal text, OUT settings jsonb, OUT proof text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry_lock bigint := ('x' || left((SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('lock', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), 16))::bit(64)::bigint;
BEGIN
  IF EXISTS (
    SELECT FROM pg_locks AS held
    WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
      AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
  ) AND given_proof IS DISTINCT FROM (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('proof', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key) THEN
    RAISE object_in_use USING
      MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
      HINT = 'Call withStation with the handle of the callback, or in another transaction.';
  END IF;
  settings := jsonb_build_array(current_setting('role', true), current_setting('canonical_models.user_id', true), current_setting('canonical_models.station_id', true), current_setting('canonical_models.limits', true), current_setting('canonical_models.signature', true));
  IF EXISTS (
    SELECT FROM identity.users AS holder WHERE holder.id = of_user AND holder.status = 'active' AND CASE which
      WHEN 'every' THEN (holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp())
      ))
      WHEN 'assigned' THEN EXISTS (
        SELECT FROM identity.station_users AS assignment
        CROSS JOIN LATERAL identity.station_standing(assignment.user_id, assignment.station_id) AS standing
        WHERE assignment.user_id = holder.id AND assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp()) AND standing.refusal IS NULL
          AND (
      (jsonb_typeof(standing.additional_permissions) = 'array' AND standing.additional_permissions ? 'cross_station.read') OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || standing.role AND role.is_active
          AND allowed.resource = split_part('cross_station.read', '.', 1) AND allowed.action = split_part('cross_station.read', '.', 2)
      )
    )
      )
    END
  ) THEN
    PERFORM pg_advisory_xact_lock_shared(entry_lock);
    PERFORM set_config('canonical_models.user_id', of_user::text, true), set_config('canonical_models.station_id', which, true),
      set_config('canonical_models.limits', '', true),
      set_config('canonical_models.signature', (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), of_user::text, which, '')::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key), true);
    proof := (SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(jsonb_build_array('proof', pg_backend_pid(), extract(epoch FROM transaction_timestamp()))::text, 'UTF8'))), 'hex') FROM drizzle.canonical_models_context_key AS key);
  ELSE
    refusal := 'not-assigned';
  END IF;
END
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.enter_station(uuid, uuid, uuid, text, text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.enter_station(uuid, uuid, uuid, text, text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.record_denial(uuid, uuid, uuid, text, text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.record_denial(uuid, uuid, uuid, text, text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
REVOKE ALL ON FUNCTION identity.enter_stations(uuid, text, text) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION identity.enter_stations(uuid, text, text) TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.chefs TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.roles TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.permissions TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON identity.role_permissions TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.business_social_accounts TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.campaigns TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.campaign_sms_limits TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.sms_templates TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.discount_coupons TO station_service, station_service_assigned, station_service_every;--> statement-breakpoint
GRANT SELECT ON public.qr_codes TO station_service, station_service_assigned, station_service_every;
