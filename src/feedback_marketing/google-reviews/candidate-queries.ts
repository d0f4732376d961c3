import { and, asc, between, notInArray, type SQL, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';

/**
 * Why a customer may have written a review.
 *
 * - `same-name`: the author has the customer's name, whatever the case, the accents and the order.
 * - `similar-name`: the first name, and the initial of the last one or nothing.
 * - `booking-before`: an event of the customer in the 60 days before the review, or the day after.
 */
export type CandidateReason = 'same-name' | 'similar-name' | 'booking-before';

export function reasonsOf(
  isSame: boolean,
  isSimilar: boolean,
  { bookingId }: { bookingId: string | null },
): CandidateReason[] {
  const reasons: CandidateReason[] = [];
  if (isSame) reasons.push('same-name');
  else if (isSimilar) reasons.push('similar-name');
  if (bookingId !== null) reasons.push('booking-before');
  return reasons;
}

/** How the name of a customer compares with that of an author, as SQL. */
export interface NameComparison {
  readonly isSame: SQL<boolean>;
  readonly isSimilar: SQL<boolean>;
}

/** Compares without case and accents. Authors give their first name with an initial, as in "Ada L.", or the last name first. */
export function compareNames(authorName: string): NameComparison {
  const words = authorName.split(/\s+/).filter((word) => word !== '');
  const [first, ...others] = words;
  if (first === undefined) return { isSame: never, isSimilar: never };
  const { firstName, lastName } = Customer;
  const author = key(sql`${words.join(' ')}::text`);
  const isFirst = sql`${key(sql`btrim(${firstName})`)} = ${key(sql`${first}::text`)}`;
  const initial = others.length === 1 && /^.\.?$/u.test(others[0] ?? '') ? [...(others[0] ?? '')][0] : undefined;
  const isInitial = sql`left(${key(sql`btrim(${lastName})`)}, 1) = left(${key(sql`${initial ?? ''}::text`)}, 1)`;
  return {
    isSame: sql`(${author} IN (${key(sql`concat_ws(' ', btrim(${firstName}), btrim(${lastName}))`)},
      ${key(sql`concat_ws(' ', btrim(${lastName}), btrim(${firstName}))`)}))`,
    isSimilar:
      others.length === 0 ? sql`(${isFirst})` : initial === undefined ? never : sql`(${isFirst} AND ${isInitial})`,
  };
}

/** Not the bare word, which PostgreSQL does not order by. */
const never: SQL<boolean> = sql`false::boolean`;

/** Without accents: they follow their letters, once these are taken apart. */
const key = (text: SQL): SQL => sql`lower(regexp_replace(normalize(${text}, NFKD), '[\\u0300-\\u036f]', '', 'g'))`;

/** The event of each customer that is nearest to a moment: in the 60 days before it or the day after, unless it did not take place. */
export function nearestEvents(db: PostgresDatabase, moment: Date) {
  const at = sql`${moment.toISOString()}::timestamptz`;
  const distance = sql<number>`abs(extract(epoch FROM ${Booking.eventDate} - ${at}))`;
  return db.$with('event').as(
    db
      .selectDistinctOn([Booking.customerId], {
        customerId: Booking.customerId,
        bookingId: Booking.id,
        eventDate: Booking.eventDate,
        distance: distance.as('distance'),
      })
      .from(Booking)
      .where(
        and(
          between(Booking.eventDate, sql`${at} - interval '60 days'`, sql`${at} + interval '1 day'`),
          notInArray(Booking.status, ['cancelled', 'no_show']),
        ),
      )
      .orderBy(Booking.customerId, asc(distance), Booking.id),
  );
}
