import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { assertMayChange } from '../../may-change.ts';
import { ExternalReview, type ExternalReviewSource } from '../external-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';

/** An escalation of a review: of an event, or on another site. */
export interface EscalationOfReview {
  readonly escalationId: string;
  readonly source: 'event' | ExternalReviewSource;
  /** In `event_customer_reviews`, or in `external_reviews`: there the review has one escalation, of the same id. */
  readonly reviewId: string;
  /** `low`, `medium`, `high` or `urgent`, if this package wrote it. */
  readonly priority: string | null;
  readonly reason: string | null;
  readonly assignedToId: string | null;
  readonly isResolved: boolean;
  readonly resolvedAt: Date | null;
  readonly resolvedById: string | null;
  /** What each resolution said, a line each. */
  readonly resolutionNotes: string | null;
}

export const escalationColumns = {
  escalationId: ReviewEscalation.id,
  source: sql<EscalationOfReview['source']>`'event'`.as('source'),
  reviewId: ReviewEscalation.reviewId,
  priority: sql<string | null>`${ReviewEscalation.priority}`.as('priority'),
  reason: sql<string | null>`${ReviewEscalation.reason}`.as('reason'),
  assignedToId: ReviewEscalation.assignedToId,
  isResolved: ReviewEscalation.isResolved,
  resolvedAt: ReviewEscalation.resolvedAt,
  resolvedById: ReviewEscalation.resolvedById,
  resolutionNotes: ReviewEscalation.resolutionNotes,
} as const;

export const externalEscalationColumns = {
  escalationId: ExternalReview.id,
  source: sql<EscalationOfReview['source']>`${ExternalReview.source}`.as('source'),
  reviewId: sql<string>`${ExternalReview.id}`.as('review_id'),
  priority: sql<string | null>`${ExternalReview.escalationPriority}`.as('priority'),
  reason: sql<string | null>`${ExternalReview.escalationReason}`.as('reason'),
  assignedToId: ExternalReview.assignedToId,
  isResolved: sql<boolean>`(${ExternalReview.resolvedAt} IS NOT NULL)`.as('is_resolved'),
  resolvedAt: ExternalReview.resolvedAt,
  resolvedById: ExternalReview.resolvedById,
  resolutionNotes: ExternalReview.resolutionNotes,
} as const;

/** Whether a review on another site has an escalation at all. */
export const isEscalated: SQL = isNotNull(ExternalReview.escalatedAt);

/** What an escalation is opened with. */
interface EscalationTerms {
  readonly reviewId: string;
  readonly priority: string;
  readonly reason: string;
}

/** One of the same terms that is open; undefined if there is none. */
export async function findOpenEscalation(
  tx: PostgresDatabase,
  { reviewId, priority, reason }: EscalationTerms,
): Promise<EscalationOfReview | undefined> {
  const [open] = await tx
    .select(escalationColumns)
    .from(ReviewEscalation)
    .where(
      and(
        eq(ReviewEscalation.reviewId, reviewId),
        sql`NOT ${ReviewEscalation.isResolved}`,
        eq(ReviewEscalation.priority, priority),
        eq(ReviewEscalation.reason, reason),
      ),
    )
    .limit(1);
  return open;
}

export async function openEscalation(
  tx: PostgresDatabase,
  terms: EscalationTerms & { readonly stationId: string | null },
): Promise<EscalationOfReview> {
  const [escalation] = await tx.insert(ReviewEscalation).values(terms).returning(escalationColumns);
  return escalation as EscalationOfReview;
}

/** @throws {NotPermitted} `not-permitted`, if the user may read the escalation and not change it. */
export function assertMayChangeEscalation(
  tx: PostgresDatabase,
  { source, escalationId }: EscalationOfReview,
): Promise<void> {
  return assertMayChange(tx, source === 'event' ? ReviewEscalation : ExternalReview, escalationId, 'escalationId');
}

/** The escalation with an id, of whichever kind; undefined if the station has none. */
export async function findEscalation(
  db: PostgresDatabase,
  escalationId: string,
): Promise<EscalationOfReview | undefined> {
  const [ofEvent] = await db
    .select(escalationColumns)
    .from(ReviewEscalation)
    .where(eq(ReviewEscalation.id, escalationId));
  if (ofEvent) return ofEvent;
  const [external] = await db
    .select(externalEscalationColumns)
    .from(ExternalReview)
    .where(and(eq(ExternalReview.id, escalationId), isEscalated));
  return external;
}
