import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { ExternalReview } from '../external-review.ts';
import type { GoogleReviewPages } from './parse.ts';
import type { SyncRun } from './run.ts';
import { clock, type StoredReviews, storeReviews } from './store.ts';

/** What asking for single reviews is done with. */
interface LookUp {
  readonly find: GoogleReviewPages['find'];
  /** How many may be asked for. */
  readonly most: number;
  /** Whether the run saw all that Google counts. */
  readonly isWhole: boolean;
}

/** What became of the reviews that were asked for one by one. */
interface LookedUp {
  readonly stored: readonly StoredReviews[];
  readonly withdrawn: number;
}

const isReplyPending = eq(ExternalReview.replyState, 'pending');

/**
 * Asks for what the list did not show to this run: reviews with a reply that waits for Google's approval, and, after a whole run, those that
 * an earlier whole run did not see either, an hour before or more.
 */
export async function lookUpReviews(db: PostgresDatabase, run: SyncRun, lookUp: LookUp): Promise<LookedUp> {
  const stored: StoredReviews[] = [];
  let withdrawn = 0;
  for (const { externalId, isGone, askedAt } of await listUnseen(db, run, lookUp)) {
    const review = await lookUp.find(externalId);
    if (review) stored.push(await storeReviews(db, run, [review], askedAt));
    else if (isGone) withdrawn += await withdraw(db, run, externalId);
  }
  return { stored, withdrawn };
}

async function listUnseen(db: PostgresDatabase, run: SyncRun, { most, isWhole }: LookUp) {
  const isGone = sql<boolean>`(${isWhole}::boolean AND coalesce(${ExternalReview.missingSince}
    <= ${run.startedAt.toISOString()}::timestamptz - interval '1 hour', false))`;
  return db
    .select({ externalId: ExternalReview.externalId, isGone, askedAt: clock })
    .from(ExternalReview)
    .where(and(isUnseen(run), or(isReplyPending, isGone)))
    .orderBy(
      asc(sql`${ExternalReview.missingSince} IS NOT NULL`),
      asc(ExternalReview.lastSeenAt),
      asc(ExternalReview.id),
    )
    .limit(most)
    .$withCache(false);
}

/** Unless another run has seen it meanwhile. */
async function withdraw(db: PostgresDatabase, run: SyncRun, externalId: string): Promise<number> {
  const withdrawn = await db.transaction(
    (tx) =>
      tx
        .update(ExternalReview)
        .set({ withdrawnAt: clock })
        .where(and(isUnseen(run), eq(ExternalReview.externalId, externalId)))
        .returning({ id: ExternalReview.id }),
    { isolationLevel: 'read committed' },
  );
  return withdrawn.length;
}

function isUnseen({ location, startedAt }: SyncRun) {
  return and(
    eq(ExternalReview.source, 'google'),
    eq(ExternalReview.location, location),
    isNull(ExternalReview.withdrawnAt),
    lt(ExternalReview.lastSeenAt, startedAt),
  );
}
