import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import type { Notification } from '../../notification.ts';
import { type ExternalEscalationPriority, ExternalReview } from '../external-review.ts';
import { priorityOf, reasonOf } from '../low-review.ts';
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
  /** The database's clock afterwards: what is asked for next is later. */
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
      const after = rows.length === 0 ? [] : await upsert(tx, rows);
      const [time] = await tx.select({ now: clock }).from(sql`(VALUES (1)) AS one`);
      return {
        known: new Set(
          reviews
            .filter(({ externalId, sourceUpdateTime }) => before.get(externalId)?.sourceUpdateTime === sourceUpdateTime)
            .map(({ externalId }) => externalId),
        ),
        created: after.filter(({ isNew }) => isNew).length,
        restored: after.filter(({ externalId, withdrawnAt }) => !withdrawnAt && before.get(externalId)?.withdrawnAt)
          .length,
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
async function upsert(tx: PostgresDatabase, rows: readonly ReturnType<typeof rowOf>[]) {
  return tx
    .insert(ExternalReview)
    .values([...rows])
    .onConflictDoUpdate({ target: [ExternalReview.source, ExternalReview.externalId], set: changes() })
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

type UpsertedReview = Awaited<ReturnType<typeof upsert>>[number];

function rowOf(
  { sourceCreatedAt, ...review }: GoogleReview,
  { location, stationId, escalateUpTo }: ReviewedLocation,
  askedAt: Date,
) {
  const writtenAt = sourceCreatedAt ?? review.sourceUpdatedAt;
  return {
    ...review,
    ...(writtenAt && { sourceCreatedAt: writtenAt }),
    source: 'google' as const,
    location,
    stationId,
    lastSeenAt: askedAt,
    ...(review.stars !== null && review.stars <= escalateUpTo && escalationOf(review.stars, review.commentOriginal)),
  };
}

function escalationOf(stars: number, comment: string | null) {
  const escalationReason = comment === null ? `${stars} of 5 stars, without a text` : reasonOf(comment);
  return { escalatedAt: sql`now()`, escalationPriority: priorityOf(stars), escalationReason };
}

/** What a review that is stored already becomes. */
function changes(): Partial<Record<keyof ExternalReview, SQL>> {
  const row = ExternalReview;
  const given = (column: PgColumn) => sql`excluded.${sql.identifier(column.name)}`;
  const change = (condition: SQL, ...columns: readonly (keyof ExternalReview)[]) =>
    Object.fromEntries(
      columns.map((name) => [name, sql`CASE WHEN ${condition} THEN ${given(row[name])} ELSE ${row[name]} END`]),
    );
  const updateTime = (time: SQL) => sql`coalesce(${time}, '') COLLATE "C"`;
  const before = updateTime(sql`${row.sourceUpdateTime}`);
  const after = updateTime(given(row.sourceUpdateTime));
  const isLater = sql`(${after} > ${before} OR ${after} = ${before} AND ${given(row.lastSeenAt)} >= ${row.lastSeenAt})`;
  // A reply that Google took a moment ago, and does not show yet.
  const replySettles = sql`(coalesce(${row.replyState} = 'pending', false)
    AND ${row.replyUpdatedAt} > ${given(row.lastSeenAt)} - ${replySettlesWithin}
    AND coalesce(${given(row.replyUpdatedAt)} < ${row.replyUpdatedAt}, true)
    AND ${given(row.replyText)} IS DISTINCT FROM ${row.replyText})`;
  const isWorse = sql`(${isLater} AND ${given(row.escalatedAt)} IS NOT NULL AND ${given(row.stars)} < coalesce(${row.stars}, 6))`;
  const opens = sql`(${isWorse} AND (${row.escalatedAt} IS NULL OR ${row.resolvedAt} IS NOT NULL))`;
  const unlessSeen = (column: PgColumn) =>
    sql`CASE WHEN ${given(row.lastSeenAt)} >= ${column} THEN NULL ELSE ${column} END`;
  return {
    ...change(isLater, 'location', 'authorName', 'isAnonymous', 'stars', 'commentOriginal', 'commentTranslated'),
    ...change(isLater, 'media', 'replyUrl', 'sourceUpdatedAt', 'sourceUpdateTime', 'raw'),
    ...change(
      sql`${isLater} AND NOT ${replySettles}`,
      ...(['replyText', 'replyState', 'replyViolation', 'replyUpdatedAt'] as const),
    ),
    ...change(isWorse, 'escalationPriority', 'escalationReason'),
    ...change(opens, 'escalatedAt'),
    resolvedAt: sql`CASE WHEN ${opens} THEN NULL ELSE ${row.resolvedAt} END`,
    stationId: sql`coalesce(${row.stationId}, ${given(row.stationId)})`,
    lastSeenAt: sql`greatest(${row.lastSeenAt}, ${given(row.lastSeenAt)})`,
    missingSince: unlessSeen(row.missingSince),
    withdrawnAt: unlessSeen(row.withdrawnAt),
  };
}

function notificationOf({ id, stationId, stars, priority, reason }: UpsertedReview): ExternalReviewEscalated {
  return {
    kind: 'external-review-escalated',
    to: { stationId },
    content: { reviewId: id, stars, priority, reason },
  };
}

/** By their bytes, as `COLLATE "C"` does. */
function byId(one: GoogleReview, other: GoogleReview): number {
  return Buffer.compare(Buffer.from(one.externalId), Buffer.from(other.externalId));
}
