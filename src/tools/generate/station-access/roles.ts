/**
 * The groups that row-level security restricts, and the statements that make them: those that an administrator runs where the role
 * that migrates may not create roles. `station_service` inherits nothing, so that its members become one of the others by SET ROLE
 * alone.
 */
export const stationRoles = {
  station_service: 'CREATE ROLE station_service NOLOGIN NOINHERIT',
  station_service_assigned: 'CREATE ROLE station_service_assigned NOLOGIN ROLE station_service',
  station_service_every: 'CREATE ROLE station_service_every NOLOGIN ROLE station_service',
} as const;

/** The groups, as a list for GRANT. */
export const everyStationRole: string = Object.keys(stationRoles).join(', ');

const forAnAdministrator = Object.values(stationRoles)
  .map((statement) => `${statement};`)
  .join(' ');

/**
 * Makes the groups where they are not there. Roles belong to the server: another database of it may have made them, or be making them
 * right now. Roles of these names that could do more than they should stop the migration.
 */
export const createStationRoles = `DO $$
DECLARE
  wanted record;
  unsafe text;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
${Object.entries(stationRoles)
  .map(([name, statement]) => `    ('${name}', '${statement}')`)
  .join(',\n')}
  ) AS roles (name, statement) LOOP
    CONTINUE WHEN to_regrole(wanted.name) IS NOT NULL;
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
  END LOOP;
  SELECT string_agg(rolname, ', ' ORDER BY rolname) INTO unsafe FROM pg_roles
  WHERE rolname IN (${Object.keys(stationRoles)
    .map((name) => `'${name}'`)
    .join(', ')})
    AND (rolsuper OR rolbypassrls OR rolcanlogin OR (rolname = 'station_service' AND rolinherit));
  IF unsafe IS NOT NULL THEN
    RAISE EXCEPTION 'role %: found one that logs in, inherits, or passes row-level security by', unsafe
      USING HINT = format('An administrator runs: ALTER ROLE %s NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS; Then migrate again.', unsafe);
  END IF;
  IF NOT pg_has_role('station_service', 'station_service_assigned', 'MEMBER') OR NOT pg_has_role('station_service', 'station_service_every', 'MEMBER')
    OR pg_has_role('station_service', 'station_service_assigned', 'USAGE') OR pg_has_role('station_service', 'station_service_every', 'USAGE') THEN
    RAISE EXCEPTION 'role station_service: found as no member of station_service_assigned and station_service_every that may become them and inherits nothing'
      USING HINT = 'An administrator runs: ALTER ROLE station_service NOINHERIT; REVOKE station_service_assigned, station_service_every FROM station_service; GRANT station_service_assigned, station_service_every TO station_service; Then migrate again.';
  END IF;
END $$;`;
