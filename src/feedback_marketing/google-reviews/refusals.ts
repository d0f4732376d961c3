import { eq } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound, NotPermitted } from '../../errors.ts';
import { ExternalReview } from '../external-review.ts';

/** A row of another station is the same as none. */
export function notOfTheStation(object: string, kind: string): NotFound {
  return new NotFound({
    object,
    found: `no such ${kind} at the station`,
    expected: `the id of a ${kind} of the station`,
    next: `correct ${object}`,
  });
}

/** Tells, of a review that can be read, whether it may be changed: the database locks no other. */
export async function assertMayChange(tx: PostgresDatabase, reviewId: string): Promise<void> {
  const { id } = ExternalReview;
  const [locked] = await tx.select({ id }).from(ExternalReview).where(eq(id, reviewId)).for('no key update');
  if (locked) return;
  throw new NotPermitted({
    object: 'reviewId',
    found: 'a user who may not change reviews at the station',
    expected: 'one with the permission customer.update',
    next: 'let somebody with that permission do it',
  });
}
