import { StationService, StationServiceAssigned, StationServiceEvery } from '../policies.ts';

const [service, assigned, every] = [StationService.name, StationServiceAssigned.name, StationServiceEvery.name];

/**
 * The groups that row-level security restricts, and the statements that create them: an administrator runs them if the migrating role
 * may not create roles. `station_service` inherits nothing, so its members become one of the other groups only through SET ROLE.
 */
const stationRoles: Readonly<Record<string, string>> = {
  [service]: `CREATE ROLE ${service} NOLOGIN NOINHERIT`,
  [assigned]: `CREATE ROLE ${assigned} NOLOGIN ROLE ${service}`,
  [every]: `CREATE ROLE ${every} NOLOGIN ROLE ${service}`,
};

/** The groups, as a list for GRANT. */
export const everyStationRole: string = Object.keys(stationRoles).join(', ');

/** The groups that write, as a list for GRANT. */
export const writingStationRoles: string = [service, every].join(', ');

const forAnAdministrator = Object.values(stationRoles)
  .map((statement) => `${statement};`)
  .join(' ');

/**
 * Creates the groups that are missing. Roles belong to the server: another of its databases may have created them, or may be creating
 * them right now. Roles of these names with more rights than they should have stop the migration.
 */
export const createStationRoles = `DO $$
DECLARE
  wanted record;
  mending text := '';
  is_safe boolean := true;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
${Object.entries(stationRoles)
  .map(([name, statement]) => `    ('${name}', '${statement}')`)
  .join(',\n')}
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
            HINT = 'An administrator runs once a server: ${forAnAdministrator} Then migrate again.';
      END;
    ELSE
      mending := mending || format('ALTER ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS; ', wanted.name);
      IF wanted.name <> '${service}' THEN
        mending := mending || format('REVOKE %I FROM ${service}; GRANT %I TO ${service}; ', wanted.name, wanted.name);
      END IF;
    END IF;
    SELECT is_safe AND NOT (rolcanlogin OR rolsuper OR rolbypassrls) AND CASE rolname
      WHEN '${service}' THEN NOT rolinherit
      ELSE pg_has_role('${service}', oid, 'MEMBER') AND NOT pg_has_role('${service}', oid, 'USAGE')
    END INTO is_safe FROM pg_roles WHERE rolname = wanted.name;
  END LOOP;
  IF NOT is_safe THEN
    RAISE EXCEPTION 'roles ${everyStationRole}: found one that logs in, passes row-level security by, or inherits; or that ${service} may not become'
      USING HINT = 'An administrator runs: ' || mending || 'Then migrate again.';
  END IF;
END $$;`;
