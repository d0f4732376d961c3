import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { GetEventReviewStatsInput } from './inputs.ts';
import { type EventReviewStats, tally } from './stats.ts';
import { countRequests, countReviews } from './stats-queries.ts';

/**
 * Figures on the reviews of the station's events and on the requests for them, of all times or of a window of their `createdAt`.
 *
 * A station operation: `customer.read`.
 *
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * const { byStars } = await withStation(db, { userId, stationId }, (tx) => getEventReviewStats(tx));
 */
export async function getEventReviewStats(
  db: PostgresDatabase,
  input: GetEventReviewStatsInput = {},
): Promise<EventReviewStats> {
  stationActorOf(db);
  const window = parseInput(GetEventReviewStatsInput, input);
  const rows = await countReviews(db, window);
  const all = tally(rows);
  const sum = (key: Exclude<keyof (typeof rows)[number], 'status'>) => rows.reduce((sum, row) => sum + row[key], 0);
  const stars = rows.reduce((sum, row) => sum + row.stars * row.total, 0);
  return {
    ...all,
    averageStars: all.total === 0 ? 0 : Math.round((stars / all.total) * 100) / 100,
    byStars: [1, 2, 3, 4, 5].map((stars) => ({ stars, ...tally(rows.filter((row) => row.stars === stars)) })),
    featured: sum('featured'),
    reviewedOnGoogle: sum('reviewedOnGoogle'),
    reviewedOnYelp: sum('reviewedOnYelp'),
    escalated: sum('escalated'),
    openlyEscalated: sum('openlyEscalated'),
    withCoupon: sum('withCoupon'),
    requests: await countRequests(db, window),
  };
}
