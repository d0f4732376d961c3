import { eq, exists, type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { resolveStanding, type StationAccess, type StationStanding } from '../access/grants.ts';
import { Station } from '../station.ts';
import type { StationRole } from '../station-role.ts';
import { StationUser } from '../station-user.ts';
import { User } from '../user.ts';
import { readTime } from './time.ts';

/** A user's standing at a station at this moment, and when it ends; `undefined` if it does not end. */
export interface CurrentStanding {
  readonly standing: StationStanding;
  readonly endsAt: Date | undefined;
}

/**
 * Reads a user's standing at a station at this moment, by the database's clock.
 *
 * @throws {NotFound} `user-not-found`, `station-not-found`.
 */
export async function readStanding(db: PostgresDatabase, userId: string, stationId: string): Promise<CurrentStanding> {
  const found = await db
    .select({
      now: readTime(sql`clock_timestamp()`),
      stationKnown: sql<boolean>`${exists(db.select().from(Station).where(eq(Station.id, stationId)))}`,
      user: { status: User.status, isSuperAdmin: User.isSuperAdmin },
      assignment: StationUser,
      assignmentEnds: readTime(StationUser.expiresAt) as SQL<Date | null>,
      stationStatus: Station.status,
    })
    .from(User)
    .leftJoin(StationUser, eq(StationUser.userId, User.id))
    .leftJoin(Station, eq(Station.id, StationUser.stationId))
    .where(eq(User.id, userId))
    .$withCache(false);
  const [first] = found;
  if (!first) throw notFound('user-not-found', `user ${userId}`);
  if (!first.stationKnown) throw notFound('station-not-found', `station ${stationId}`);
  const access: StationAccess = {
    userStatus: first.user.status,
    isSuperAdmin: first.user.isSuperAdmin,
    assignments: found.flatMap(({ assignment, assignmentEnds, stationStatus }) => {
      if (!assignment || !stationStatus) return [];
      const { additionalPermissions } = assignment;
      return {
        ...assignment,
        expiresAt: assignmentEnds,
        additionalPermissions: Array.isArray(additionalPermissions) ? additionalPermissions : [],
        stationStatus,
      };
    }),
  };
  const standing = resolveStanding(access, stationId.toLowerCase(), first.now);
  return { standing, endsAt: standing.reached ? endOf(access, standing.role, stationId.toLowerCase()) : undefined };
}

/** When the last assignment that gives the role ends. */
function endOf({ isSuperAdmin, assignments }: StationAccess, role: StationRole, stationId: string): Date | undefined {
  const giving = assignments.filter(
    (each) => each.isActive && (role === 'super_admin' ? each.role === role : each.stationId === stationId),
  );
  const ends = giving.map(({ expiresAt }) => expiresAt?.getTime());
  if (isSuperAdmin || ends.includes(undefined)) return undefined;
  // An infinite date, which is NaN here, counts as expired.
  return new Date(Math.max(...(ends.filter((end) => end !== undefined && !Number.isNaN(end)) as number[])));
}

function notFound(code: 'user-not-found' | 'station-not-found', object: string): NotFound {
  return new NotFound({
    code,
    object,
    found: 'no row of that id',
    expected: 'one that the role of this connection may read',
    next: 'correct the id; if the role is under row-level security, connect as one that is not',
  });
}
