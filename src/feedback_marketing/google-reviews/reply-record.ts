import { and, eq, getColumns, isNull, type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { assertMayChange } from '../../may-change.ts';
import { ExternalReview } from '../external-review.ts';
import type { ListedExternalReview } from './list.ts';
import type { GoogleReply } from './parse.ts';
import { notOfTheStation } from './refusals.ts';
import { clock } from './store.ts';

/** A reply that is recorded as `pending`, and that Google is asked for next. */
export interface ReplyIntent {
  readonly reviewId: string;
  readonly comment: string;
  readonly recordedAt: Date | null;
  readonly location: string;
  readonly externalId: string;
  /** The reply before. */
  readonly before: GoogleReply;
}

const { raw: _, ...columns } = getColumns(ExternalReview);
const { id, replyText, replyState, replyViolation, replyUpdatedAt } = ExternalReview;
const replyColumns = { replyText, replyState, replyViolation, replyUpdatedAt };

/** Records that Google is asked for a reply. Returns the review as it is if Google shows that reply already. */
export async function recordIntent(
  tx: PostgresDatabase,
  reviewId: string,
  comment: string,
): Promise<ReplyIntent | { readonly review: ListedExternalReview }> {
  stationActorOf(tx);
  const isReview = eq(id, reviewId);
  const isShown = sql`(${replyText} = ${comment} AND coalesce(${replyState}, 'active') = 'active')`;
  const before = tx.$with('before').as(
    tx
      .select({ beforeId: sql<string>`${id}`.as('before_id'), ...replyColumns })
      .from(ExternalReview)
      .where(isReview)
      .for('no key update'),
  );
  const [recorded] = await tx
    .with(before)
    .update(ExternalReview)
    .set({ replyText: comment, replyState: 'pending', replyViolation: null, replyUpdatedAt: clock })
    .from(before)
    .where(and(eq(id, before.beforeId), isNull(ExternalReview.withdrawnAt), sql`(${isShown}) IS NOT TRUE`))
    .returning({
      location: ExternalReview.location,
      externalId: ExternalReview.externalId,
      recordedAt: replyUpdatedAt,
      before: {
        replyText: before.replyText,
        replyState: before.replyState,
        replyViolation: before.replyViolation,
        replyUpdatedAt: before.replyUpdatedAt,
      },
    });
  if (recorded) return { ...recorded, reviewId, comment };
  const [review] = await tx.select(columns).from(ExternalReview).where(isReview).$withCache(false);
  if (!review) throw notOfTheStation('reviewId', 'review');
  await assertMayChange(tx, ExternalReview, reviewId, 'reviewId');
  if (review.withdrawnAt === null) return { review };
  throw new Conflict({
    object: 'reviewId',
    found: 'a review that Google does not show any more',
    expected: 'one that it shows',
    next: 'leave it without a reply',
  });
}

/** Records what Google says of the reply. If something else was recorded meanwhile, or Google was asked for another one, it is asked again. */
export async function recordAnswer(
  tx: PostgresDatabase,
  intent: ReplyIntent,
  reply: GoogleReply,
): Promise<ListedExternalReview> {
  const isSeen = { lastSeenAt: sql`greatest(${ExternalReview.lastSeenAt}, ${clock})`, missingSince: null };
  // Of two replies at once, nobody knows which Google took last.
  const state = intent.before.replyState === 'pending' ? 'pending' : (reply.replyState ?? 'pending');
  const [recorded] = await tx
    .update(ExternalReview)
    .set({
      ...isSeen,
      replyText: reply.replyText ?? intent.comment,
      replyState: state,
      replyViolation: reply.replyViolation,
      replyUpdatedAt: reply.replyUpdatedAt ?? intent.recordedAt,
    })
    .where(isStill(intent))
    .returning(columns);
  if (recorded) return recorded;
  const [review] = await tx
    .update(ExternalReview)
    .set({ ...isSeen, replyState: 'pending' })
    .where(eq(id, intent.reviewId))
    .returning(columns);
  if (review) return review;
  throw notOfTheStation('reviewId', 'review');
}

/** Records the former reply again. */
export async function takeIntentBack(tx: PostgresDatabase, intent: ReplyIntent): Promise<void> {
  await tx.update(ExternalReview).set(intent.before).where(isStill(intent));
}

/** Whether the row says what was recorded for the intent. */
function isStill({ reviewId, comment, recordedAt }: ReplyIntent): SQL | undefined {
  return and(
    eq(id, reviewId),
    eq(replyState, 'pending'),
    eq(replyText, comment),
    recordedAt === null ? undefined : eq(replyUpdatedAt, recordedAt),
  );
}
