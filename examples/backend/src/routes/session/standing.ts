import { NotAuthenticated } from 'canonical-models/errors';
import { resolveStanding, Station, type StationAccess, type StationPermission } from 'canonical-models/identity';
import type { StationTokenContext } from 'canonical-models/identity/access';
import { type StationToken, verifyStationToken } from 'canonical-models/identity/tokens';
import { asc, ne } from 'drizzle-orm';
import type { Database } from '../../databases.ts';
import { InvalidRequest } from '../../problems.ts';

/**
 * The token behind a proof, and what it allows.
 *
 * @throws {NotAuthenticated} whatever is wrong with it.
 * @throws {InvalidRequest} 429, if its address presented too many that were wrong.
 */
export async function verify(db: Database, { token, ...presentation }: StationTokenContext): Promise<StationToken> {
  const answer = await verifyStationToken(db, token, { ...presentation, ipAddress: presentation.ipAddress ?? '' });
  if (answer.valid) return answer.token;
  answer.recorded.catch(() => {});
  if (answer.retryAfter > 0) {
    const { retryAfter } = answer;
    throw new InvalidRequest(
      { status: 429, code: 'too-many-failures', retryAfter },
      'too many tokens that are not valid',
    );
  }
  throw new NotAuthenticated({
    object: 'the station token',
    found: 'one that is not valid at the station',
    expected: 'a valid one',
    next: 'log in again',
  });
}

/** A station that a user reaches. */
export interface ReachedStation {
  readonly stationId: string;
  readonly name: string;
  readonly role: string;
  readonly permissions: readonly StationPermission[];
}

/** The stations that a user reaches now, by name: those of the assignments, or all of them for a super admin. */
export async function listReachedStations(db: Database, userId: string): Promise<ReachedStation[]> {
  const user = await db.query.User.findFirst({
    columns: { status: true, isSuperAdmin: true },
    where: { id: userId },
    with: { stationUsers: { with: { station: { columns: { displayName: true, status: true } } } } },
  });
  if (!user) return [];
  const assignments = user.stationUsers.map(({ station, ...own }) => ({ ...own, stationStatus: station.status }));
  const access: StationAccess = { userStatus: user.status, isSuperAdmin: user.isSuperAdmin, assignments };
  const stations = user.isSuperAdmin
    ? await db
        .select({ stationId: Station.id, name: Station.displayName })
        .from(Station)
        .where(ne(Station.status, 'suspended'))
        .orderBy(asc(Station.displayName))
    : user.stationUsers.map(({ stationId, station }) => ({ stationId, name: station.displayName }));
  return stations
    .flatMap(({ stationId, name }) => {
      const standing = resolveStanding(access, stationId, new Date());
      return standing.reached ? [{ stationId, name, role: standing.role, permissions: standing.permissions }] : [];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}
