import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { ExternalReview } from '../external-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import {
  assertMayChangeEscalation,
  type EscalationOfReview,
  externalEscalationColumns,
  findEscalation,
  isEscalated,
} from './escalation.ts';
import { ResolveReviewEscalationInput } from './inputs.ts';
import { notFoundHere, notInState } from './refusals.ts';

/**
 * Resolves an escalation, and with it all others of its review that are open. The notes are added to those of earlier resolutions. The same
 * call again gives the same answer.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such escalation.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {Conflict} `conflict`, if it was resolved with other notes.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * export const resolve = (escalationId: string) =>
 *   withStation(db, { userId, stationId }, (tx) =>
 *     resolveReviewEscalation(tx, { escalationId, notes: 'Called the customer, who takes a coupon.' }),
 *   );
 */
export async function resolveReviewEscalation(
  db: PostgresDatabase,
  input: ResolveReviewEscalationInput,
): Promise<EscalationOfReview> {
  const { userId } = stationActorOf(db);
  const { escalationId, notes } = parseInput(ResolveReviewEscalationInput, input);
  return db.transaction(
    async (tx) => {
      const ofTheReview = tx
        .select({ reviewId: ReviewEscalation.reviewId })
        .from(ReviewEscalation)
        .where(eq(ReviewEscalation.id, escalationId));
      const resolved = { resolvedById: userId, resolvedAt: sql`now()` };
      const ofEvent = await tx
        .update(ReviewEscalation)
        .set({ ...resolved, isResolved: true, resolutionNotes: withLine(ReviewEscalation.resolutionNotes, notes) })
        .where(and(inArray(ReviewEscalation.reviewId, ofTheReview), sql`NOT ${ReviewEscalation.isResolved}`))
        .returning({ id: ReviewEscalation.id });
      if (ofEvent.length === 0) {
        const [external] = await tx
          .update(ExternalReview)
          .set({ ...resolved, resolutionNotes: withLine(ExternalReview.resolutionNotes, notes) })
          .where(and(eq(ExternalReview.id, escalationId), isEscalated, isNull(ExternalReview.resolvedAt)))
          .returning(externalEscalationColumns);
        if (external) return external;
      }
      const escalation = await findEscalation(tx, escalationId);
      if (!escalation) throw notFoundHere('escalationId', 'escalation');
      if (ofEvent.length > 0) return escalation;
      await assertMayChangeEscalation(tx, escalation);
      if (isLastLine(notes, escalation)) return escalation;
      throw notInState('escalationId', 'one that was resolved with other notes', 'one that is open');
    },
    { isolationLevel: 'read committed' },
  );
}

function withLine(column: PgColumn, line: string): SQL {
  return sql`concat_ws(E'\n', nullif(${column}, ''), ${line}::text)`;
}

function isLastLine(notes: string, { resolutionNotes }: EscalationOfReview): boolean {
  return resolutionNotes === notes || resolutionNotes?.endsWith(`\n${notes}`) === true;
}
