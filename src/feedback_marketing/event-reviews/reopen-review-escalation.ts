import { and, eq, isNotNull } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { ExternalReview } from '../external-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import {
  assertMayChangeEscalation,
  type EscalationOfReview,
  escalationColumns,
  externalEscalationColumns,
  findEscalation,
  isEscalated,
} from './escalation.ts';
import { ReopenReviewEscalationInput } from './inputs.ts';
import { notFoundHere } from './refusals.ts';

/**
 * Opens a resolved escalation again: that one, not the others of its review. Its notes stay. The same call again gives the same answer.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such escalation.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * export const reopen = (escalationId: string) =>
 *   withStation(db, { userId, stationId }, (tx) => reopenReviewEscalation(tx, { escalationId }));
 */
export async function reopenReviewEscalation(
  db: PostgresDatabase,
  input: ReopenReviewEscalationInput,
): Promise<EscalationOfReview> {
  stationActorOf(db);
  const { escalationId } = parseInput(ReopenReviewEscalationInput, input);
  const open = { resolvedAt: null, resolvedById: null };
  return db.transaction(
    async (tx) => {
      const [ofEvent] = await tx
        .update(ReviewEscalation)
        .set({ ...open, isResolved: false })
        .where(and(eq(ReviewEscalation.id, escalationId), eq(ReviewEscalation.isResolved, true)))
        .returning(escalationColumns);
      if (ofEvent) return ofEvent;
      const [external] = await tx
        .update(ExternalReview)
        .set(open)
        .where(and(eq(ExternalReview.id, escalationId), isEscalated, isNotNull(ExternalReview.resolvedAt)))
        .returning(externalEscalationColumns);
      if (external) return external;
      const escalation = await findEscalation(tx, escalationId);
      if (!escalation) throw notFoundHere('escalationId', 'escalation');
      await assertMayChangeEscalation(tx, escalation);
      return escalation;
    },
    { isolationLevel: 'read committed' },
  );
}
