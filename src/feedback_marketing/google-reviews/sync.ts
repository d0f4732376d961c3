import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { SyncGoogleReviewsInput } from './inputs.ts';
import { lookUpReviews } from './look-up.ts';
import { beginRun, endRun } from './run.ts';
import { type GoogleReviewSync, hasNothingNew } from './run-result.ts';
import { type StoredReviews, storeReviews } from './store.ts';

/**
 * Stores the reviews of a location as Google has them now. It stops at a page on which nothing is new, and asks for replies that wait for
 * Google's approval. With `full` it reads the list to its end: run that once a day, as nothing else finds what is gone and replies that were
 * written elsewhere. A review counts as withdrawn if two whole runs, begun an hour apart, did not see it and Google says that there is none;
 * it is restored when it is seen again. One that has few stars (`settings.reviews.thresholds.escalateUpTo` of the station) is to be looked
 * into: once, and again after that was resolved only if it gets worse. Station, customer and who looks into it are never changed.
 *
 * A worker operation: it runs outside of stations, for any length of time, so give it the pool and not a transaction. Each page is committed
 * by itself: a run may be cut anywhere and begun again, and two may run at once.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `station-not-found`.
 * @throws {Conflict} `conflict`, if the location is of another station.
 * What iterating over `pages` throws ends the run, too. It then tells nobody: what it opened is in `listExternalReviews`.
 *
 * @example
 * const pages = fetchGoogleReviews({ accountId: '1', locationId: '2', accessToken: async () => tokens.access_token });
 * const { isWhole, notifications } = await syncGoogleReviews(db, { pages, stationId, full: true });
 */
export async function syncGoogleReviews(
  db: PostgresDatabase,
  input: SyncGoogleReviewsInput,
): Promise<GoogleReviewSync> {
  const { pages, stationId, full, lookUps } = parseInput(SyncGoogleReviewsInput, input);
  const run = await beginRun(db, pages.location, stationId);
  const done: StoredReviews[] = [];
  const seen = new Set<string>();
  let askedAt = run.startedAt;
  let position = run.position;
  let isAtEnd = true;
  let total: number | undefined;
  let unreadable = 0;
  for await (const page of pages) {
    const stored = await storeReviews(db, run, page.reviews, askedAt);
    done.push(stored);
    askedAt = stored.now;
    unreadable += page.unreadable;
    if (page.number === 1) total = page.totalReviewCount;
    for (const { externalId, sourceUpdateTime } of page.reviews) {
      seen.add(externalId);
      if (sourceUpdateTime !== null && sourceUpdateTime > position) position = sourceUpdateTime;
    }
    if (!full && hasNothingNew(page, stored, run)) {
      isAtEnd = false;
      break;
    }
  }
  const isWhole = isAtEnd && unreadable === 0 && total !== undefined && seen.size >= total;
  await endRun(db, run, { position, isWhole });
  const lookedUp = await lookUpReviews(db, run, { find: pages.find, most: lookUps, isWhole });
  const all = [...done, ...lookedUp.stored];
  const notifications = new Map(all.flatMap((each) => each.notifications.map((one) => [one.content.reviewId, one])));
  return {
    isWhole,
    seen: seen.size,
    total,
    created: all.reduce((sum, { created }) => sum + created, 0),
    restored: all.reduce((sum, { restored }) => sum + restored, 0),
    withdrawn: lookedUp.withdrawn,
    unreadable,
    notifications: [...notifications.values()],
  };
}
