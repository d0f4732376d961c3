import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { type ClaimedReviewRequest, claim, reminders } from './claim.ts';
import { ClaimReviewRemindersInput } from './inputs.ts';

/**
 * Hands reminders to a worker, as `claimReviewRequests` does with requests: of requests that were sent three days ago or more and have no
 * review. A request has one reminder. Its link is another one, and the link of the request goes on to work.
 *
 * A worker operation: it runs outside of stations.
 *
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * const claimed = await claimReviewReminders(db, { limit: 50, leaseSeconds: 600 });
 */
export async function claimReviewReminders(
  db: PostgresDatabase,
  input: ClaimReviewRemindersInput = {},
): Promise<ClaimedReviewRequest[]> {
  const given = parseInput(ClaimReviewRemindersInput, input);
  return db.transaction((tx) => claim(tx, reminders, given), { isolationLevel: 'read committed' });
}
