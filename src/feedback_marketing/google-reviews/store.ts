import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import type { Notification } from '../../notification.ts';
import { type ExternalEscalationPriority, ExternalReview } from '../external-review.ts';
import type { GoogleReview } from './parse.ts';

/** What is known of the location whose reviews are stored. */
export interface ReviewedLocation {
  readonly location: string;
  readonly stationId: string | null;
  /** Up to how many stars a review is looked into. */
  readonly escalateUpTo: number;
}

/** A low review that somebody of the station has to look into. */
export type ExternalReviewEscalated = Notification<
  'external-review-escalated',
  {
    readonly reviewId: string;
    readonly stars: number | null;
    readonly priority: ExternalEscalationPriority | null;
    readonly reason: string | null;
  }
>;

/** What became of the reviews of a page. */
export interface StoredReviews {
  /** Those that were stored before, with the time of their last change that they have now. */
  readonly known: ReadonlySet<string>;
  readonly created: number;
  readonly restored: number;
  readonly notifications: readonly ExternalReviewEscalated[];
  /** The database's clock afterwards: what is asked for next is no older. */
  readonly now: Date;
}

/** How long a reply that Google took may be missing from what Google shows. */
const replySettlesWithin = sql.raw(`interval '1 hour'`);

/** The database's clock, in the precision of a `Date`. */
export const clock: SQL<Date> = sql`date_trunc('milliseconds', clock_timestamp())`.mapWith(ExternalReview.lastSeenAt);

/**
 * Stores reviews as Google showed them at `askedAt`. What was stored from a later look stays, in whichever order two runs come here; so do
 * the station, the customer and who looks into it.
 */
export async function storeReviews(
  db: PostgresDatabase,
  location: ReviewedLocation,
  reviews: readonly GoogleReview[],
  askedAt: Date,
): Promise<StoredReviews> {
  // In one order, so that two runs wait for each other and never in a circle.
  const rows = reviews.toSorted(byId).map((review) => rowOf(review, location, askedAt));
  return db.transaction(
    async (tx) => {
      const before = await findStored(tx, reviews);
      const after = rows.length === 0 ? [] : await upsert(tx, rows, location.escalateUpTo);
      const [time] = await tx.select({ now: clock }).from(sql`(VALUES (1)) AS one`);
      return {
        known: new Set(
          reviews
            .filter(({ externalId, sourceUpdateTime }) => before.get(externalId)?.sourceUpdateTime === sourceUpdateTime)
            .map(({ externalId }) => externalId),
        ),
        created: after.filter(({ isNew }) => isNew).length,
        restored: after.filter(({ externalId, withdrawnAt }) => !withdrawnAt && before.get(externalId)?.withdrawnAt).length,
        notifications: after.filter(({ isEscalated }) => isEscalated).map(notificationOf),
        now: time?.now ?? askedAt,
      };
    },
    { isolationLevel: 'read committed' },
  );
}

type StoredReview = Pick<ExternalReview, 'externalId' | 'sourceUpdateTime' | 'withdrawnAt'>;

async function findStored(
  tx: PostgresDatabase,
  reviews: readonly GoogleReview[],
): Promise<ReadonlyMap<string, StoredReview>> {
  const { externalId, sourceUpdateTime, withdrawnAt } = ExternalReview;
  const ids = reviews.map((review) => review.externalId);
  const stored = await tx
    .select({ externalId, sourceUpdateTime, withdrawnAt })
    .from(ExternalReview)
    .where(and(eq(ExternalReview.source, 'google'), inArray(externalId, ids)))
    .$withCache(false);
  return new Map(stored.map((review) => [review.externalId, review]));
}

/** Inserts and updates, and tells what it did of what only the locked row knows. */
async function upsert(tx: PostgresDatabase, rows: readonly NewRow[], escalateUpTo: number) {
  return tx
    .insert(ExternalReview)
    .values([...rows])
    .onConflictDoUpdate({ target: [ExternalReview.source, ExternalReview.externalId], set: changes(escalateUpTo) })
    .returning({
      id: ExternalReview.id,
      externalId: ExternalReview.externalId,
      stationId: ExternalReview.stationId,
      stars: ExternalReview.stars,
      priority: ExternalReview.escalationPriority,
      reason: ExternalReview.escalationReason,
      withdrawnAt: ExternalReview.withdrawnAt,
      isNew: sql<boolean>`xmax = 0`,
      isEscalated: sql<boolean>`coalesce(${ExternalReview.escalatedAt} = now(), false)`,
    });
}

type NewRow = typeof ExternalReview.$inferInsert;

function rowOf(review: GoogleReview, { location, stationId, escalateUpTo }: ReviewedLocation, askedAt: Date) {
  const { sourceCreatedAt, ...columns } = review;
  const isLow = review.stars !== null && review.stars <= escalateUpTo;
  return {
    ...columns,
    ...(sourceCreatedAt ?? review.sourceUpdatedAt ? { sourceCreatedAt: sourceCreatedAt ?? review.sourceUpdatedAt } : {}),
    source: 'google',
    location,
    stationId,
    lastSeenAt: askedAt,
    escalationPriority: priorityOf(review.stars),
    escalationReason: reasonOf(review),
    ...(isLow ? { escalatedAt: sql`now()` } : {}),
  };
}
