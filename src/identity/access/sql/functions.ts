import { StationRole } from '../../station-role.ts';
import {
  rowRefusal,
  StationService,
  StationServiceAssigned,
  StationServiceEvery,
  standingReferences,
} from '../policies.ts';
import { everyStationRole } from './roles.ts';
import { isSigned, isUnsigned, keyVariable, readKey, setting } from './signed-context.ts';

/**
 * Whether a user has such rights to one of the groups, as SQL. A superuser is in every role, also in `pg_execute_server_program`, which no
 * service is given, and does not count. A group that was renamed or is missing is left out.
 */
const isIn = (user: string, rights: string) =>
  `(${[StationService, StationServiceAssigned, StationServiceEvery]
    .map(
      ({ name }) =>
        `coalesce(pg_catalog.pg_has_role(${user}, pg_catalog.to_regrole('${name}')::pg_catalog.oid, ${rights}), false)`,
    )
    .join(' OR ')}) AND NOT pg_catalog.pg_has_role(${user}, 'pg_execute_server_program', 'MEMBER')`;
/** The rights by which a user has or may take a role. Since PostgreSQL 16 who creates a role is a member, and may not take it. */
const takes = `CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'USAGE, MEMBER' ELSE 'USAGE, SET' END`;
/**
 * Whether a statement is that of one of the groups, as SQL: by its role, or by the role that logged in, as a statement may take a role outside of
 * them on its way.
 */
export const isInGroups = `((${isIn('current_user', `'USAGE'`)}) OR (${isIn('session_user', takes)}))`;

/** Every function runs with its owner's rights, and with a search path that nobody else can put objects into. */
export const asOwner = 'SECURITY DEFINER SET search_path = pg_catalog, pg_temp';
/** A parallel worker is another backend, where no signature holds: these run in the leader, once a statement. */
const readsAsOwner = `STABLE PARALLEL RESTRICTED ${asOwner}`;

/** Whether `assignment` is active and has not expired. An infinite date is not a date in TypeScript, so it counts as expired here, too. */
export const isInForce =
  'assignment.is_active AND (assignment.expires_at IS NULL OR (isfinite(assignment.expires_at) AND assignment.expires_at > clock_timestamp()))';

/** Whether `holder` may act at all. */
export const isActiveUser = `holder.status = 'active'`;

/** Whether `station` lets in those who are assigned to it. */
const isOpen = `station.status <> 'suspended'`;

/** Whether an assignment makes a user a super admin. */
const isAssignedAsSuperAdmin = (user: string) => `EXISTS (
        SELECT FROM identity.station_users AS assignment
        WHERE assignment.user_id = ${user} AND assignment.role = 'super_admin' AND ${isInForce}
      )`;

/** Whether `holder` is a super admin. */
export const isSuperAdmin = `(holder.is_super_admin OR ${isAssignedAsSuperAdmin('holder.id')})`;

/** Whether a token is neither revoked nor expired. */
export const isTokenInForce = (token: string): string =>
  `NOT ${token}.is_revoked AND ${token}.expires_at > clock_timestamp()`;

/**
 * Whether a role, or a permission granted in addition to it, permits something. Look-ups by key: a join takes longer to begin than to run.
 *
 * @param resource The part of the permission before the point, and `action` that after it: what is not a variable is computed for each row.
 */
export const permits = (
  role: string,
  additional: string,
  permission: string,
  resource = `split_part(${permission}, '.', 1)`,
  action = `split_part(${permission}, '.', 2)`,
) => `(
      (jsonb_typeof(${additional}) = 'array' AND ${additional} ? ${permission}) OR EXISTS (
        SELECT FROM identity.role_permissions AS granted
        WHERE granted.role_id = (SELECT role.id FROM identity.roles AS role WHERE role.name = 'station.' || ${role} AND role.is_active)
          AND granted.permission_id = (
            SELECT allowed.id FROM identity.permissions AS allowed
            WHERE allowed.resource = ${resource} AND allowed.action = ${action}
          )
      )
    )`;

/** Lets the station roles, and nobody else, call a function of the schema `identity`. */
export const forServices = (name: string): string[] => [
  `REVOKE ALL ON FUNCTION identity.${name} FROM PUBLIC;`,
  `GRANT EXECUTE ON FUNCTION identity.${name} TO ${everyStationRole};`,
];

/** What {@link refusalThere} and {@link roleThere} decide by, as the columns of a SELECT. */
export const standingColumns = `${isActiveUser} AS is_active_user, station.id AS station, ${isOpen} AS is_open, assignment.id AS assignment,
    assignment.role, assignment.additional_permissions, assignment.is_active, ${isInForce} AS in_force,
    ${isSuperAdmin} AS is_super_admin`;

/** Where {@link standingColumns} are found, behind the user as `holder`. */
export const standingJoins = `LEFT JOIN identity.stations AS station ON station.id = at_station
  LEFT JOIN identity.station_users AS assignment ON assignment.user_id = holder.id AND assignment.station_id = at_station`;

/** Why a user has no access to a station, as SQL; NULL if the user has. */
export const refusalThere = (found: string): string => `CASE
    WHEN ${found}.is_active_user IS NOT TRUE THEN 'user-not-active'
    WHEN ${found}.station IS NULL THEN 'not-assigned'
    WHEN ${found}.is_super_admin THEN NULL
    WHEN ${found}.assignment IS NULL THEN 'not-assigned'
    WHEN NOT ${found}.is_active THEN 'assignment-not-active'
    WHEN NOT ${found}.in_force THEN 'assignment-expired'
    WHEN NOT ${found}.is_open THEN 'station-suspended'
  END`;

/** The role of a user who has access, as SQL, and the permissions beside it. */
export const roleThere = (found: string): string =>
  `CASE WHEN ${found}.is_super_admin THEN 'super_admin' ELSE ${found}.role END`;
export const additionalThere = (found: string): string =>
  `CASE WHEN ${found}.is_super_admin THEN '[]' ELSE ${found}.additional_permissions END`;

const roles = `'{${StationRole.enumValues.join(',')}}'::text[]`;

/** The role that counts in a context by a token, as SQL: the lower of the holder's and the token's. Without a token it is the holder's. */
export const roleBy = (role: string, token: string): string =>
  `CASE WHEN ${role} IS NOT NULL THEN (${roles})[greatest(array_position(${roles}, ${role}), (
      SELECT array_position(${roles}, limiting.role) FROM identity.station_access_tokens AS limiting WHERE limiting.id = ${token}
    ))] END`;

/**
 * The functions that the policies call, once per statement. Each answers about the user and the station of the context, or of its
 * arguments, and returns no table row. `resolveStanding` in src/identity/access/grants.ts makes the same decision in TypeScript.
 */
export const stationFunctions: readonly string[] = [
  `GRANT USAGE ON SCHEMA public, identity TO ${everyStationRole};`,
  // Every role may call it. It may change, and is marked as immutable: so it is computed when a statement is planned, as is which policies a
  // role has, and plans of roles outside are as they were. PostgreSQL plans again for another role.
  `CREATE OR REPLACE FUNCTION identity.is_outside_of_groups() RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN NOT ${isInGroups};
END
$$;`,
  // Not by default only, which an administrator may have changed.
  'GRANT EXECUTE ON FUNCTION identity.is_outside_of_groups() TO PUBLIC;',
  `CREATE OR REPLACE FUNCTION identity.user_in_context() RETURNS uuid
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  ${keyVariable}
BEGIN
  IF ${isUnsigned} THEN
    RETURN NULL;
  END IF;
  ${readKey}
  RETURN CASE WHEN ${isSigned} THEN ${setting('user_id')}::uuid END;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.station_standing(of_user uuid, at_station uuid, OUT role text, OUT additional_permissions jsonb, OUT refusal text)
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  found_there record;
BEGIN
  SELECT ${standingColumns} INTO found_there
  FROM identity.users AS holder
  ${standingJoins}
  WHERE holder.id = of_user;
  refusal := ${refusalThere('found_there')};
  IF refusal IS NULL THEN
    role := ${roleThere('found_there')};
    additional_permissions := ${additionalThere('found_there')};
  END IF;
END
$$;`,
  // The decision of station_standing and of the grants in few and small queries: the policies ask this for each table of a statement.
  `CREATE OR REPLACE FUNCTION identity.permitted_station(permission text) RETURNS uuid
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  ${keyVariable}
  token text := ${setting('token_id')};
  of_resource text := split_part(permission, '.', 1);
  of_action text := split_part(permission, '.', 2);
  found_there record;
BEGIN
  IF ${isUnsigned} OR ${setting('station_id')} IN ('assigned', 'every') THEN
    RETURN NULL;
  END IF;
  ${readKey}
  IF NOT ${isSigned} THEN
    RETURN NULL;
  END IF;
  -- Two conditions: one with a query in it is run as a query each time, also for contexts without a token.
  IF token <> '' THEN
    IF NOT EXISTS (
      SELECT FROM identity.station_access_tokens AS limiting
      WHERE limiting.id = token::uuid AND ${isTokenInForce('limiting')} AND limiting.permissions ? permission
    ) THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT holder.id, holder.is_super_admin, station.id AS station,
    assignment.role IS NOT NULL AND ${permits('assignment.role', 'assignment.additional_permissions', 'permitted_station.permission', 'of_resource', 'of_action')} AS is_permitted
  INTO found_there
  FROM identity.users AS holder
  JOIN identity.stations AS station ON station.id = ${setting('station_id')}::uuid
  LEFT JOIN identity.station_users AS assignment
    ON assignment.user_id = holder.id AND assignment.station_id = station.id AND ${isInForce} AND ${isOpen}
  WHERE holder.id = ${setting('user_id')}::uuid AND ${isActiveUser};
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF found_there.is_permitted THEN
    RETURN found_there.station;
  END IF;
  RETURN CASE WHEN (found_there.is_super_admin OR ${isAssignedAsSuperAdmin('found_there.id')})
    AND ${permits("'super_admin'", "'[]'::jsonb", 'permitted_station.permission', 'of_resource', 'of_action')} THEN found_there.station END;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.permitted_stations(permission text) RETURNS uuid[]
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  asking uuid := identity.user_in_context();
BEGIN
  IF ${setting('station_id')} IS DISTINCT FROM 'assigned' OR asking IS NULL THEN
    RETURN '{}';
  END IF;
  RETURN coalesce((
    SELECT array_agg(assignment.station_id ORDER BY assignment.station_id)
    FROM identity.station_users AS assignment
    CROSS JOIN LATERAL identity.station_standing(assignment.user_id, assignment.station_id) AS standing
    WHERE assignment.user_id = asking AND ${isInForce} AND standing.refusal IS NULL
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
  `CREATE OR REPLACE FUNCTION identity.role_in_context() RETURNS text
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  asking uuid := identity.user_in_context();
BEGIN
  RETURN CASE
    WHEN asking IS NULL THEN NULL
    WHEN ${setting('station_id')} = 'every' THEN 'super_admin'
    WHEN ${setting('station_id')} = 'assigned' THEN NULL
    ELSE (
      SELECT ${roleBy('standing.role', `nullif(${setting('token_id')}, '')::uuid`)}
      FROM identity.station_standing(asking, ${setting('station_id')}::uuid) AS standing
    )
  END;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.may_assign(given_role text, given_additional jsonb) RETURNS boolean
LANGUAGE plpgsql ${readsAsOwner} AS $$
DECLARE
  station uuid := identity.permitted_station('station.manage_users');
  token text := ${setting('token_id')};
  standing record;
BEGIN
  IF station IS NULL THEN
    RETURN false;
  END IF;
  IF token <> '' THEN
    -- Nobody hands out by a token what it does not permit itself, whatever its holder may do.
    RETURN given_role IS DISTINCT FROM 'super_admin' AND NOT EXISTS (
      SELECT FROM (SELECT resource || '.' || action AS name FROM identity.permissions) AS known
      WHERE ${permits('given_role', 'given_additional', 'known.name')} AND identity.permitted_station(known.name) IS NULL
    );
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
    'role_in_context()',
    'may_assign(text, jsonb)',
    'refers_already(regclass, text, uuid, uuid)',
    'refuse(regclass)',
  ].flatMap(forServices),
  'REVOKE ALL ON FUNCTION identity.station_standing(uuid, uuid) FROM PUBLIC;',
];
