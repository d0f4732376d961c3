import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { ExternalReview } from '../external-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { isUserHere } from './assignee.ts';
import {
  assertMayChangeEscalation,
  type EscalationOfReview,
  escalationColumns,
  externalEscalationColumns,
  findEscalation,
  isEscalated,
} from './escalation.ts';
import { AssignReviewEscalationInput } from './inputs.ts';
import { notFoundHere, notInState } from './refusals.ts';

/**
 * Assigns an open escalation, of a review of an event or of one on another site, to a user of the station, in place of the one before. The
 * same call again gives the same answer.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such escalation or no such active user.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {Conflict} `conflict`, if it is resolved.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * export const take = (escalationId: string) =>
 *   withStation(db, { userId, stationId }, (tx) => assignReviewEscalation(tx, { escalationId, assigneeId: userId }));
 */
export async function assignReviewEscalation(
  db: PostgresDatabase,
  input: AssignReviewEscalationInput,
): Promise<EscalationOfReview> {
  const actor = stationActorOf(db);
  const { escalationId, assigneeId } = parseInput(AssignReviewEscalationInput, input);
  return db.transaction(
    async (tx) => {
      if (!(await isUserHere(tx, actor, assigneeId))) throw notFoundHere('assigneeId', 'active user');
      const set = { assignedToId: assigneeId };
      const [ofEvent] = await tx
        .update(ReviewEscalation)
        .set(set)
        .where(
          and(
            eq(ReviewEscalation.id, escalationId),
            sql`NOT ${ReviewEscalation.isResolved}`,
            sql`${ReviewEscalation.assignedToId} IS DISTINCT FROM ${assigneeId}`,
          ),
        )
        .returning(escalationColumns);
      if (ofEvent) return ofEvent;
      const [external] = await tx
        .update(ExternalReview)
        .set(set)
        .where(
          and(
            eq(ExternalReview.id, escalationId),
            isEscalated,
            isNull(ExternalReview.resolvedAt),
            sql`${ExternalReview.assignedToId} IS DISTINCT FROM ${assigneeId}`,
          ),
        )
        .returning(externalEscalationColumns);
      const escalation = external ?? (await findEscalation(tx, escalationId));
      if (!escalation) throw notFoundHere('escalationId', 'escalation');
      if (!external) await assertMayChangeEscalation(tx, escalation);
      if (escalation.isResolved) throw notInState('escalationId', 'one that is resolved', 'one that is open');
      return escalation;
    },
    { isolationLevel: 'read committed' },
  );
}
