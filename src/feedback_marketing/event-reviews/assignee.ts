import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import type { StationActor } from '../../identity/access/station-actor.ts';
import { StationUser } from '../../identity/station-user.ts';

/** Whether a user has an assignment that is in force. Who acts is let in already. In a context of all stations any of them counts. */
export async function isUserHere(
  db: PostgresDatabase,
  { userId, stationId }: StationActor,
  id: string,
): Promise<boolean> {
  if (id === userId) return true;
  const [found] = await db
    .select({ id: StationUser.userId })
    .from(StationUser)
    .where(
      and(
        eq(StationUser.userId, id),
        stationId === undefined ? undefined : eq(StationUser.stationId, stationId),
        eq(StationUser.isActive, true),
        or(isNull(StationUser.expiresAt), sql`isfinite(${StationUser.expiresAt}) AND ${StationUser.expiresAt} > now()`),
      ),
    )
    .limit(1);
  return found !== undefined;
}
