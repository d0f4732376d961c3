import { NotFound } from 'canonical-models/errors';
import { Station, StationPermission, StationRole } from 'canonical-models/identity';
import { issueStationToken, revokeStationTokens } from 'canonical-models/identity/tokens';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { clientAddressOf } from '../../client-address.ts';
import { publicRoute, stationRoute } from '../../route.ts';
import { endSession, keepSession, proofOf } from '../../session.ts';
import { listReachedStations, verify } from './standing.ts';

const Session = z.object({
  userId: z.guid(),
  stationId: z.guid(),
  role: z.enum(StationRole.enumValues),
  permissions: z.array(z.enum(StationPermission.enumValues)),
});

export default [
  publicRoute({
    method: 'post',
    path: '/api/session',
    summary: 'Log in with a station token: sets the cookie',
    body: z.strictObject({ stationId: z.guid(), token: z.string().min(1).max(200) }),
    answer: Session,
    status: 201,
    refuses: [401],
    async handle({ db, services: { settings }, body: { stationId, token }, c }) {
      const ipAddress = clientAddressOf(c, settings.proxies);
      const { userId, role, permissions, expiresAt } = await verify(db, { token, stationId, ipAddress });
      keepSession(c, settings, stationId, token, expiresAt);
      return { userId, stationId, role, permissions };
    },
  }),
  stationRoute({
    method: 'get',
    path: '/api/session',
    summary: 'Who is logged in, where, and what they may do',
    answer: Session.extend({ stationName: z.string() }),
    async handle({ tx, stationId, membership: { userId, role, permissions } }) {
      const [station] = await tx.select({ name: Station.displayName }).from(Station).where(eq(Station.id, stationId));
      return { userId, stationId, stationName: station?.name ?? '', role, permissions };
    },
  }),
  publicRoute({
    method: 'delete',
    path: '/api/session',
    summary: 'Log out: the token is revoked',
    status: 204,
    refuses: [401],
    async handle({ db, services: { settings }, c }) {
      const proof = proofOf(c, settings);
      const { jwtId, userId } = await verify(db, proof);
      await revokeStationTokens(db, { jwtId }, { revokedBy: userId, reason: 'logout', ipAddress: proof.ipAddress });
      endSession(c, settings);
    },
  }),
  publicRoute({
    method: 'get',
    path: '/api/session/stations',
    summary: 'The stations that the user can switch to',
    answer: z.object({ items: z.array(z.object({ stationId: z.guid(), name: z.string(), role: z.string() })) }),
    refuses: [401],
    async handle({ db, services: { settings }, c }) {
      const { userId } = await verify(db, proofOf(c, settings));
      const items = await listReachedStations(db, userId);
      return { items: items.map(({ stationId, name, role }) => ({ stationId, name, role })) };
    },
  }),
  publicRoute({
    method: 'post',
    path: '/api/session/station',
    summary: 'Switch to another station: sets the cookie, and answers the token for programs',
    body: z.strictObject({ stationId: z.guid() }),
    answer: Session.extend({ token: z.string() }),
    status: 201,
    refuses: [401, 404],
    async handle({ db, services: { settings }, body: { stationId }, c }) {
      const proof = proofOf(c, settings);
      const session = await verify(db, proof);
      const { userId } = session;
      const reached = (await listReachedStations(db, userId)).find((station) => station.stationId === stationId);
      if (!reached) {
        const found = 'no station of the user with that id';
        throw new NotFound({ object: 'stationId', found, expected: 'the id of one', next: 'choose one of the list' });
      }
      // A session that may do less than its user does not become one that may do more.
      const permissions = reached.permissions.filter((permission) => session.permissions.includes(permission));
      const issued = await issueStationToken(db, {
        stationId,
        userId,
        issuerId: userId,
        permissions,
        ipAddress: proof.ipAddress,
        userAgent: proof.userAgent,
      });
      keepSession(c, settings, stationId, issued.token, issued.expiresAt);
      return { userId, stationId, role: issued.role, permissions: issued.permissions, token: issued.token };
    },
  }),
];
