import { type SQL, sql } from 'drizzle-orm';
import { NotFound } from '../../errors.ts';
import type { PostgresDatabase } from '../database.ts';
import { type StationAccess, type StationStanding, standingAt } from '../grants.ts';
import { Station, type StationStatus } from '../station.ts';
import { type StationRole, StationUser } from '../station-access.ts';
import { User, type UserStatus } from '../user.ts';
import { packed, type RowOf, unpackedBy } from './packed-row.ts';

/** An assignment as the database packs it: station, role, additional permissions, active, end in milliseconds, station's status. */
type PackedAssignment = readonly [
  stationId: string,
  role: StationRole,
  additionalPermissions: unknown,
  isActive: boolean,
  expiresAt: number | null,
  stationStatus: StationStatus,
];

/**
 * What the database says of a user `holder`, who may be missing, and of the assignments of {@link assignmentsOf} as `assigned`. The time
 * is the database's, in milliseconds since 1970.
 */
export const accessColumns = {
  now: sql<number>`extract(epoch FROM clock_timestamp())::float8 * 1000`,
  userStatus: sql<UserStatus>`coalesce(holder.status::text, 'deactivated')`,
  isSuperAdmin: sql<boolean>`coalesce(holder.is_super_admin, false)`,
  assignments: sql<readonly PackedAssignment[]>`assigned.assignments`,
};

/** The assignments that decide what a user is at a station: the one to it, and those as super admin to any. */
export function assignmentsOf(userId: SQL, stationId: SQL): SQL {
  return sql`SELECT coalesce(json_agg(json_build_array(
      assignment.station_id, assignment.role, assignment.additional_permissions, assignment.is_active,
      extract(epoch FROM assignment.expires_at)::float8 * 1000, assigned_to.status
    )), '[]') AS assignments
    FROM ${StationUser} AS assignment JOIN ${Station} AS assigned_to ON assigned_to.id = assignment.station_id
    WHERE assignment.user_id = ${userId} AND (assignment.station_id = ${stationId} OR assignment.role = 'super_admin')`;
}

/** What {@link accessColumns} say, in the form in which it is judged. */
export function accessOf({ userStatus, isSuperAdmin, assignments }: RowOf<typeof accessColumns>): StationAccess {
  return {
    userStatus,
    isSuperAdmin,
    assignments: assignments.map(([stationId, role, additional, isActive, expiresAt, stationStatus]) => ({
      stationId,
      role,
      additionalPermissions: Array.isArray(additional) ? additional : [],
      isActive,
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
      stationStatus,
    })),
  };
}

/** What a user is at a station at this moment, and until when; `undefined` where it has no end. */
export interface CurrentStanding {
  readonly standing: StationStanding;
  readonly endsAt: Date | undefined;
}

const readColumns = {
  userKnown: sql<boolean>`holder.id IS NOT NULL`,
  stationKnown: sql<boolean>`station.id IS NOT NULL`,
  ...accessColumns,
};
const readRow = unpackedBy(readColumns);

/**
 * Reads what a user is at a station at this moment, by the clock of the database.
 *
 * @throws {NotFound} `user-not-found`, `station-not-found`.
 */
export async function readStanding(db: PostgresDatabase, userId: string, stationId: string): Promise<CurrentStanding> {
  const [found] = await db
    .select({ row: packed(readColumns) })
    .from(sql`(SELECT ${userId}::uuid AS user_id, ${stationId}::uuid AS station_id) AS given
      LEFT JOIN ${User} AS holder ON holder.id = given.user_id
      LEFT JOIN ${Station} AS station ON station.id = given.station_id
      CROSS JOIN LATERAL (${assignmentsOf(sql`given.user_id`, sql`given.station_id`)}) AS assigned`)
    .$withCache(false);
  if (!found) throw new Error('a statement that answers one row answered none');
  const row = readRow(found.row);
  if (!row.stationKnown) throw notFound('station-not-found', `station ${stationId}`);
  if (!row.userKnown) throw notFound('user-not-found', `user ${userId}`);
  const access = accessOf(row);
  const standing = standingAt(access, stationId.toLowerCase(), new Date(row.now));
  return { standing, endsAt: standing.reached ? endOf(access, standing.role, stationId.toLowerCase()) : undefined };
}

/** When the last of the assignments ends that give the role. */
function endOf({ isSuperAdmin, assignments }: StationAccess, role: StationRole, stationId: string): Date | undefined {
  const giving = assignments.filter(
    (each) => each.isActive && (role === 'super_admin' ? each.role === role : each.stationId === stationId),
  );
  const ends = giving.flatMap(({ expiresAt }) => expiresAt ?? []);
  if (isSuperAdmin || ends.length < giving.length) return undefined;
  return new Date(Math.max(...ends.map((end) => end.getTime())));
}

function notFound(code: 'user-not-found' | 'station-not-found', object: string): NotFound {
  return new NotFound({
    code,
    object,
    found: 'no row of that id',
    expected: 'one that the role of this connection may read',
    next: 'correct the id; where the role is under row-level security, connect as one that is not',
  });
}
