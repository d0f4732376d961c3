import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedStationGrants } from '../../../src/identity/access/sql/seed.ts';
import {
  resolvePermissions,
  resolveStanding,
  type StationAccess,
  StationPermission,
  StationRole,
  StationStatus,
  stationGrants,
  UserStatus,
} from '../../../src/identity/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

const granted = `SELECT role.name AS role, allowed.resource || '.' || allowed.action AS permission
  FROM identity.roles AS role JOIN identity.role_permissions AS grants ON grants.role_id = role.id
  JOIN identity.permissions AS allowed ON allowed.id = grants.permission_id WHERE role.name LIKE 'station.%'`;

eachOfFewMajors((major) => {
  let database: StationDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
  });
  afterAll(() => database.close());

  const grantsInSql = async () => {
    const { rows } = await database.query(granted);
    return Object.fromEntries(
      StationRole.enumValues.map((role) => [
        role,
        StationPermission.enumValues.filter((permission) =>
          rows.some((row) => row['role'] === `station.${role}` && row['permission'] === permission),
        ),
      ]),
    );
  };

  describe('the grants of the station roles', () => {
    test('are the same in the database and in TypeScript', async () => {
      expect(await grantsInSql()).toEqual(stationGrants);
      const { rows } = await database.query(`SELECT count(*)::int AS all FROM (${granted}) AS granted`);
      expect(rows[0]?.['all']).toBe(Object.values(stationGrants).flat().length);
    });

    test('can be seeded again: nothing changes, and manual changes are undone', async () => {
      const before = (await database.query(`${granted} ORDER BY 1, 2`)).rows;
      const ids = async () =>
        (await database.query(`SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM identity.role_permissions`)).rows;
      const untouched = await ids();
      for (const statement of seedStationGrants) await database.query(statement);
      expect(await ids()).toEqual(untouched);
      await database.exec(`
        DELETE FROM identity.role_permissions USING identity.roles AS role WHERE role.id = role_id AND role.name = 'station.admin';
        INSERT INTO identity.role_permissions (role_id, permission_id) SELECT role.id, allowed.id
        FROM identity.roles AS role, identity.permissions AS allowed
        WHERE role.name = 'station.customer_support' AND allowed.name = 'customer.delete'`);
      expect(await grantsInSql()).not.toEqual(stationGrants);
      for (const statement of seedStationGrants) await database.query(statement);
      expect((await database.query(`${granted} ORDER BY 1, 2`)).rows).toEqual(before);
    });

    test('leave existing roles and permissions as they were', async () => {
      const { rows } = await database.query(
        `SELECT name FROM identity.roles WHERE name NOT LIKE 'station.%' ORDER BY name`,
      );
      expect(rows.map(({ name }) => name)).toEqual(['admin', 'chef', 'customer', 'manager', 'staff', 'super_admin']);
      const { rows: kept } = await database.query(
        `SELECT count(*)::int AS n FROM identity.permissions WHERE display_name = replace(replace(name, '.', ' '), '_', ' ')`,
      );
      expect(kept).toEqual([{ n: 28 }]);
    });
  });

  const anAssignment = fc.record({
    station: fc.integer({ min: 0, max: 2 }),
    role: fc.constantFrom(...StationRole.enumValues),
    additionalPermissions: fc.array(
      fc.oneof(
        fc.constantFrom(...StationPermission.enumValues),
        fc.constantFrom('kitchen.clean', '', 'booking', "x'y"),
      ),
      { maxLength: 3 },
    ),
    isActive: fc.boolean(),
    expires: fc.constantFrom(null, -1, 1),
  });
  const aUser = fc.record({
    userStatus: fc.constantFrom(...UserStatus.enumValues, 'active', 'active'),
    isSuperAdmin: fc.constantFrom(false, false, false, true),
    assignments: fc.uniqueArray(anAssignment, { maxLength: 3, selector: ({ station }) => station }),
    stationStatus: fc.array(fc.constantFrom(...StationStatus.enumValues), { minLength: 3, maxLength: 3 }),
  });

  test('SQL and TypeScript agree on every user’s standing at a station', async () => {
    const { query } = database;
    await fc.assert(
      fc.asyncProperty(fc.array(aUser, { minLength: 40, maxLength: 40 }), async (users) => {
        const world = users.map((user, index) => ({
          ...user,
          id: uuidOf(1, index),
          stations: user.stationStatus.map((status, at) => ({ id: uuidOf(2, index * 3 + at), status })),
        }));
        const given = [JSON.stringify(world)];
        await query('BEGIN');
        try {
          await query(
            `WITH given AS (
               SELECT * FROM jsonb_to_recordset($1) AS given (id uuid, "userStatus" userstatus, "isSuperAdmin" boolean, stations jsonb)
             ), of_stations AS (
               INSERT INTO identity.stations (id, name, code, display_name, status)
               SELECT (station ->> 'id')::uuid, 'n', left(md5(station ->> 'id'), 20), 'd', station ->> 'status'
               FROM given, jsonb_array_elements(stations) AS station
             )
             INSERT INTO identity.users (id, email, status, is_super_admin)
             SELECT id, id || '@example.com', "userStatus", "isSuperAdmin" FROM given`,
            given,
          );
          await query(
            `INSERT INTO identity.station_users (user_id, station_id, role, additional_permissions, is_active, expires_at)
             SELECT given.id, (given.stations -> (assignment ->> 'station')::int ->> 'id')::uuid, assignment ->> 'role',
               assignment -> 'additionalPermissions', (assignment ->> 'isActive')::boolean,
               statement_timestamp() + (assignment ->> 'expires')::int * interval '1 day'
             FROM jsonb_to_recordset($1) AS given (id uuid, assignments jsonb, stations jsonb),
               jsonb_array_elements(given.assignments) AS assignment`,
            given,
          );
          const { rows } = await query(
            `SELECT given.id, station ->> 'id' AS station, standing.role, standing.additional_permissions AS additional, standing.refusal
             FROM jsonb_to_recordset($1) AS given (id uuid, stations jsonb), jsonb_array_elements(given.stations) AS station,
               identity.station_standing(given.id, (station ->> 'id')::uuid) AS standing`,
            given,
          );
          expect(rows).toHaveLength(users.length * 3);
          for (const { id, station: at, role, additional, refusal } of rows) {
            const user = world.find((one) => one.id === id) as (typeof world)[number];
            const access: StationAccess = {
              userStatus: user.userStatus,
              isSuperAdmin: user.isSuperAdmin,
              assignments: user.assignments.map(({ station, expires, ...assignment }) => ({
                ...assignment,
                stationId: user.stations[station]?.id as string,
                stationStatus: user.stations[station]?.status as StationStatus,
                expiresAt: expires === null ? null : new Date(Date.now() + expires * 86_400_000),
              })),
            };
            expect(
              refusal === null
                ? { reached: true, role, ...resolvePermissions(role as StationRole, additional as string[]) }
                : { reached: false, reason: refusal },
            ).toEqual(resolveStanding(access, String(at)));
          }
        } finally {
          await query('ROLLBACK');
        }
      }),
      { numRuns: thorough ? 100 : 5 },
    );
  });
});

const uuidOf = (kind: number, number: number) => `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
