const { eq } = require('drizzle-orm');
const { readId } = require('../input');

/** @type {Record<string, import('../server').Route>} */
module.exports = {
  'GET /staff/:id': async ({ database: { db, pool }, ids: [id] }) => {
    const userId = readId(id, 'user');
    // Loaded when it is asked for, as long as few ask.
    const { Station, UserStationAssignment } = require('canonical-models/core/auth/station_models');
    const stations = await db
      .select({ code: Station.code, role: UserStationAssignment.role })
      .from(UserStationAssignment)
      .innerJoin(Station, eq(Station.id, UserStationAssignment.stationId))
      .where(eq(UserStationAssignment.userId, userId))
      .orderBy(Station.code);
    const { rows: logins } = await pool.query(
      'SELECT DISTINCT provider FROM identity.social_accounts WHERE user_id = $1 ORDER BY provider',
      [userId],
    );
    return { body: { stations, logins } };
  },
};
