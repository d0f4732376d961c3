import { and, eq, gte, isNotNull, isNull, lt, lte, not, or, type SQL, sql } from 'drizzle-orm';
import { textEnum } from '../../columns.ts';
import type { PostgresDatabase } from '../../database.ts';
import { DiscountCoupon } from '../discount-coupon.ts';

/** After how many days of its validity the customer is reminded of a coupon. */
const reminderDays = {
  welcome: 0,
  helpful_ideas: 30,
  midpoint: 90,
  two_month_warning: 120,
  one_month_warning: 150,
  final_warning: 166,
} as const;

export const CouponReminder = textEnum(
  Object.keys(reminderDays) as [keyof typeof reminderDays, ...(keyof typeof reminderDays)[]],
);
export type CouponReminder = (typeof CouponReminder.enumValues)[number];

/** The reminders with their days, as a table for a FROM: `schedule (reminder, day)`. */
const schedule: SQL = sql`(VALUES ${sql.join(
  Object.entries(reminderDays).map(([reminder, day]) => sql`(${reminder}::text, ${day}::integer)`),
  sql`, `,
)}) AS schedule (reminder, day)`;

/** The reminders that were sent, where services on old names have them, too. */
const sent = sql`${DiscountCoupon.couponMetadata} -> 'reminders_sent'`;

/** Whether a reminder was sent, as SQL. */
export const wasSent = (reminder: SQL): SQL => sql`coalesce(${sent} ? ${reminder}, false)`;

/** The metadata of a coupon once a reminder is sent, as SQL. */
export const withSent = (reminder: CouponReminder): SQL =>
  sql`${DiscountCoupon.couponMetadata} || jsonb_build_object(
    'reminders_sent', CASE WHEN jsonb_typeof(${sent}) = 'array' THEN ${sent} ELSE '[]' END || to_jsonb(${reminder}::text),
    ${`${reminder}_sent_at`}::text, now())`;

/** The coupons with a reminder that is due and that nobody has claimed, for a CTE: locked, and without those that others have locked. */
export function dueReminders(tx: PostgresDatabase, limit: number) {
  const reminder = sql<CouponReminder>`schedule.reminder`;
  const daysAgo = (days: number) => sql`now() - make_interval(hours => 24 * (schedule.day + ${days}::integer))`;
  return tx
    .select({
      couponId: DiscountCoupon.id,
      customerId: DiscountCoupon.customerId,
      reminder: reminder.as('reminder'),
    })
    .from(DiscountCoupon)
    .innerJoin(schedule, and(gte(DiscountCoupon.validFrom, daysAgo(1)), lte(DiscountCoupon.validFrom, daysAgo(-1))))
    .where(
      and(
        isNotNull(DiscountCoupon.customerId),
        eq(DiscountCoupon.status, 'active'),
        eq(DiscountCoupon.currentUses, 0),
        lte(DiscountCoupon.validFrom, sql`now()`),
        gte(DiscountCoupon.validUntil, sql`now()`),
        not(wasSent(reminder)),
        // Where it could not be noted that they were sent, they would be sent for ever.
        sql`jsonb_typeof(${DiscountCoupon.couponMetadata}) = 'object'`,
        or(isNull(DiscountCoupon.reminderLeaseUntil), lt(DiscountCoupon.reminderLeaseUntil, sql`now()`)),
      ),
    )
    .orderBy(DiscountCoupon.validFrom)
    .limit(limit)
    .for('update', { of: DiscountCoupon, skipLocked: true });
}
