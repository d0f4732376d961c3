import type { GoogleReviewPage } from './parse.ts';
import type { SyncRun } from './run.ts';
import type { ExternalReviewEscalated, StoredReviews } from './store.ts';

/** What a run did. */
export interface GoogleReviewSync {
  /** Whether it saw as many reviews as Google counts. Only such a run tells what is missing: Google's list is known to leave some out. */
  readonly isWhole: boolean;
  readonly seen: number;
  /** How many Google counts. Undefined if it does not say. */
  readonly total: number | undefined;
  readonly created: number;
  /** Withdrawn ones that are shown again. */
  readonly restored: number;
  readonly withdrawn: number;
  /** How many have no id that could be kept. */
  readonly unreadable: number;
  /** To the station of each review that has to be looked into from now on. */
  readonly notifications: readonly ExternalReviewEscalated[];
}

/**
 * Reviews change at the top of the list, so below the position at which a run came to its end all is known. A page has to reach below it: at
 * the position itself there may be others of the same moment, in any order, and above it a run may have been cut.
 */
export function hasNothingNew({ reviews }: GoogleReviewPage, { known }: StoredReviews, { position }: SyncRun): boolean {
  return (
    reviews.every(({ externalId }) => known.has(externalId)) &&
    reviews.some(({ sourceUpdateTime }) => sourceUpdateTime !== null && sourceUpdateTime < position)
  );
}
