import { rowRefusal, standingReferences } from '../policies.ts';
import { everyStationRole } from './roles.ts';
import { isSigned, setting } from './signed-context.ts';

/** Every function runs with its owner's rights, and with a search path that nobody else can put objects into. */
export const asOwner = 'SECURITY DEFINER SET search_path = pg_catalog, pg_temp';
/** A parallel worker is another backend, where no signature holds: these run in the leader, once a statement. */
const readsAsOwner = `STABLE PARALLEL RESTRICTED ${asOwner}`;

/** Whether `assignment` is active and has not expired. */
export const isInForce =
  'assignment.is_active AND (assignment.expires_at IS NULL OR assignment.expires_at > statement_timestamp())';

/** Whether `holder` may act at all. */
export const isActiveUser = `holder.status = 'active'`;

/** Whether `station` lets in those who are assigned to it. */
const isOpen = `station.status <> 'suspended'`;

/** Whether `holder` is a super admin. */
export const isSuperAdmin = `(holder.is_super_admin OR EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = holder.id AND assignment.role = 'super_admin' AND ${isInForce}
      ))`;

/** Whether a role, or a permission granted in addition to it, permits something. */
export const permits = (role: string, additional: string, permission: string) => `(
      (jsonb_typeof(${additional}) = 'array' AND ${additional} ? ${permission}) OR EXISTS (
        SELECT FROM identity.roles AS role
        JOIN identity.role_permissions AS granted ON granted.role_id = role.id
        JOIN identity.permissions AS allowed ON allowed.id = granted.permission_id
        WHERE role.name = 'station.' || ${role} AND role.is_active
          AND allowed.resource = split_part(${permission}, '.', 1) AND allowed.action = split_part(${permission}, '.', 2)
      )
    )`;

/** Lets the station roles, and nobody else, call a function of the schema `identity`. */
export const forServices = (name: string): string[] => [
  `REVOKE ALL ON FUNCTION identity.${name} FROM PUBLIC;`,
  `GRANT EXECUTE ON FUNCTION identity.${name} TO ${everyStationRole};`,
];

/**
 * The functions that the policies call, once per statement. Each answers about the user and the station of the context, or of its
 * arguments, and returns no table row. `resolveStanding` in src/identity/access/grants.ts makes the same decision in TypeScript.
 */
export const stationFunctions: readonly string[] = [
  `GRANT USAGE ON SCHEMA public, identity TO ${everyStationRole};`,
  `CREATE OR REPLACE FUNCTION identity.user_in_context() RETURNS uuid
LANGUAGE plpgsql ${readsAsOwner} AS $$
BEGIN
  RETURN CASE WHEN ${isSigned} THEN ${setting('user_id')}::uuid END;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.station_standing(of_user uuid, at_station uuid, OUT role text, OUT additional_permissions jsonb, OUT refusal text)
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  found_there record;
BEGIN
  SELECT ${isActiveUser} AS is_active_user, station.id AS station, ${isOpen} AS is_open, assignment.id AS assignment,
    assignment.role, assignment.additional_permissions, assignment.is_active, ${isInForce} AS in_force,
    ${isSuperAdmin} AS is_super_admin
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
$$;`,
  // The decision of station_standing and of the grants in one statement: the policies ask this for each table of a statement.
  `CREATE OR REPLACE FUNCTION identity.permitted_station(permission text) RETURNS uuid
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  asking uuid;
  at_station uuid;
BEGIN
  IF NOT ${isSigned} OR ${setting('station_id')} IN ('assigned', 'every')
    OR (${setting('limits')} <> '' AND permission <> ALL (string_to_array(${setting('limits')}, ','))) THEN
    RETURN NULL;
  END IF;
  asking := ${setting('user_id')};
  at_station := ${setting('station_id')};
  RETURN (
    SELECT station.id
    FROM identity.users AS holder
    JOIN identity.stations AS station ON station.id = at_station
    LEFT JOIN identity.station_users AS assignment
      ON assignment.user_id = holder.id AND assignment.station_id = at_station AND ${isInForce} AND ${isOpen}
    WHERE holder.id = asking AND ${isActiveUser} AND (
      ${permits('assignment.role', 'assignment.additional_permissions', 'permitted_station.permission')}
      OR (${isSuperAdmin} AND ${permits("'super_admin'", "'[]'::jsonb", 'permitted_station.permission')})
    )
  );
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.permitted_stations(permission text) RETURNS uuid[]
LANGUAGE plpgsql ${readsAsOwner} AS $$
BEGIN
  IF ${setting('station_id')} IS DISTINCT FROM 'assigned' OR NOT ${isSigned} THEN
    RETURN '{}';
  END IF;
  RETURN coalesce((
    SELECT array_agg(assignment.station_id ORDER BY assignment.station_id)
    FROM identity.station_users AS assignment
    CROSS JOIN LATERAL identity.station_standing(assignment.user_id, assignment.station_id) AS standing
    WHERE assignment.user_id = identity.user_in_context() AND ${isInForce} AND standing.refusal IS NULL
      AND ${permits('standing.role', 'standing.additional_permissions', "'cross_station.read'")}
      AND ${permits('standing.role', 'standing.additional_permissions', 'permitted_stations.permission')}
  ), '{}');
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.reaches_every_station() RETURNS boolean
LANGUAGE plpgsql ${readsAsOwner} AS $$
BEGIN
  RETURN ${setting('station_id')} IS NOT DISTINCT FROM 'every' AND EXISTS (
    SELECT FROM identity.users AS holder
    WHERE holder.id = identity.user_in_context() AND ${isActiveUser} AND ${isSuperAdmin}
  );
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.may_assign(given_role text, given_additional jsonb) RETURNS boolean
LANGUAGE plpgsql ${readsAsOwner} AS $$
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
    WHERE ${permits('given_role', 'given_additional', 'known.name')}
      AND NOT ${permits('standing.role', 'standing.additional_permissions', 'known.name')}
  ));
END
$$;`,
  // Not in PL/pgSQL, whose bodies are text: this one follows its tables when they are renamed.
  `CREATE OR REPLACE FUNCTION identity.refers_already(relation regclass, reference text, of_row uuid, referred uuid) RETURNS boolean
LANGUAGE sql ${readsAsOwner}
BEGIN ATOMIC
  SELECT CASE
${standingReferences()
  .map(
    ({ table, column, holds }) => `    WHEN relation = '${table}'::regclass AND reference = '${column}' THEN ${holds}`,
  )
  .join('\n')}
    ELSE false
  END;
END;`,
  // Volatile, so that the planner never evaluates it.
  `CREATE OR REPLACE FUNCTION identity.refuse(relation regclass) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  refused record;
BEGIN
  SELECT n.nspname AS schema, c.relname AS name INTO refused
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation;
  RAISE insufficient_privilege USING
    MESSAGE = format('the row is not one of the station of the context, or the role may not write it: table %s', relation),
    SCHEMA = refused.schema, TABLE = refused.name, CONSTRAINT = '${rowRefusal}';
END
$$;`,
  ...[
    'user_in_context()',
    'permitted_station(text)',
    'permitted_stations(text)',
    'reaches_every_station()',
    'may_assign(text, jsonb)',
    'refers_already(regclass, text, uuid, uuid)',
    'refuse(regclass)',
  ].flatMap(forServices),
  'REVOKE ALL ON FUNCTION identity.station_standing(uuid, uuid) FROM PUBLIC;',
];
