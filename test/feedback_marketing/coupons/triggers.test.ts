import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { couponRefusals } from '../../../src/feedback_marketing/coupons/refusals.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { addCoupon, addFeedback, type Feedback, onConnections, outcomeOf } from '../support.ts';

const refusedBy = (constraint: string) => `23514 coupon_redemptions ${constraint}`;
const [connections, rounds] = thorough ? [32, 20] : [8, 3];

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let feedback: Feedback;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    feedback = await addFeedback(database.query, connections * rounds);
  });
  afterAll(() => database.close());

  const redeem = (couponId: string, bookingId = feedback.bookingIds[0] as string) =>
    `INSERT INTO coupon_redemptions (coupon_id, booking_id, amount_before, amount_off) VALUES ('${couponId}', '${bookingId}', 1000, 100)`;
  const reverse = (couponId: string) =>
    `UPDATE coupon_redemptions SET reversed_at = now() WHERE coupon_id = '${couponId}'`;
  const clear = () => database.exec('DELETE FROM coupon_redemptions');
  const run = (statement: string) => outcomeOf(database.client.query(statement));
  const couponOf = async (id: string) => {
    const { rows } = await database.query(
      `SELECT current_uses AS uses, status FROM discount_coupons WHERE id = '${id}'`,
    );
    return rows[0] as { uses: number; status: string };
  };

  describe('a redemption', () => {
    beforeAll(clear);

    test('takes a use, the last one makes the coupon used, and its reversal gives the use back', async () => {
      const [first = '', second = '', third = ''] = feedback.bookingIds;
      const id = await addCoupon(database.query, { maxUses: 2 });
      expect(await run(redeem(id, first))).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 1, status: 'active' });
      expect(await run(redeem(id, second))).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 2, status: 'used' });
      expect(await run(redeem(id, third))).toBe(refusedBy(couponRefusals.maxUses));
      expect(await run(`${reverse(id)} AND booking_id = '${first}'`)).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 1, status: 'active' });
      expect(await run(`DELETE FROM coupon_redemptions WHERE coupon_id = '${id}'`)).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 0, status: 'active' });
    });

    test.each([
      [{ status: 'revoked' }, couponRefusals.notActive],
      [{ status: 'expired' }, couponRefusals.notActive],
      [{ status: 'used' }, couponRefusals.maxUses],
      // A service that is not moved counts up and leaves the status.
      [{ currentUses: 1 }, couponRefusals.maxUses],
      [{ currentUses: 3, maxUses: 2 }, couponRefusals.maxUses],
    ])('of a coupon that is %j is refused', async (coupon, constraint) => {
      const id = await addCoupon(database.query, coupon);
      const before = await couponOf(id);
      expect(await run(redeem(id, feedback.bookingIds[2]))).toBe(refusedBy(constraint));
      expect(await couponOf(id)).toEqual(before);
    });

    test('is the only live one of its booking; what is left out counts nothing', async () => {
      const booking = feedback.bookingIds[3] as string;
      const [id, other] = [await addCoupon(database.query, { maxUses: 9 }), await addCoupon(database.query)];
      expect(await run(redeem(id, booking))).toBe('done');
      expect(await run(redeem(other, booking))).toBe('23505 coupon_redemptions coupon_redemptions_booking_key');
      expect(await run(`${redeem(id, booking)} ON CONFLICT DO NOTHING`)).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 1, status: 'active' });
      expect(await run(reverse(id))).toBe('done');
      expect(await run(redeem(other, booking))).toBe('done');
    });

    test.each([
      'amount_off = 1',
      'amount_before = 2000',
      'coupon_id = OTHER',
      'booking_id = BOOKING',
      'reversed_at = NULL',
      "reversed_at = 'infinity'",
    ])('keeps what it was: %s is refused', async (set) => {
      const booking = feedback.bookingIds[4] as string;
      const [id, other] = [await addCoupon(database.query), await addCoupon(database.query)];
      await database.exec(
        `DELETE FROM coupon_redemptions WHERE booking_id = '${booking}'; ${redeem(id, booking)}; ${reverse(id)}`,
      );
      const change = set.replace('OTHER', `'${other}'`).replace('BOOKING', `'${feedback.bookingIds[5]}'`);
      expect(await run(`UPDATE coupon_redemptions SET ${change} WHERE coupon_id = '${id}'`)).toBe(
        refusedBy(couponRefusals.history),
      );
      // Reversed once, given back once.
      expect(await run(`${reverse(id)} AND reversed_at IS NULL`)).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 0, status: 'active' });
    });

    test('of more than the amount, or of less than nothing, is refused', async () => {
      const id = await addCoupon(database.query);
      const refused = {
        '1000, 1001': couponRefusals.amounts,
        '1000, -1': 'coupon_redemptions_amount_off_check',
        '-1, 0': 'coupon_redemptions_amount_before_check',
      };
      for (const [amounts, constraint] of Object.entries(refused)) {
        const statement = redeem(id, feedback.bookingIds[6]).replace('1000, 100)', `${amounts})`);
        expect(await run(statement)).toBe(refusedBy(constraint));
      }
    });

    test('goes with its booking or coupon, which services that are not moved delete as before', async () => {
      const other = await addFeedback(database.query, 2);
      const [id, gone] = [await addCoupon(database.query), await addCoupon(database.query)];
      await database.exec(`${redeem(id, other.bookingIds[0])}; ${redeem(gone, other.bookingIds[1])}`);
      await database.exec(
        `DELETE FROM discount_coupons WHERE id = '${gone}'; DELETE FROM bookings WHERE id = '${other.bookingIds[0]}'`,
      );
      expect(await couponOf(id)).toEqual({ uses: 0, status: 'active' });
      const { rows } = await database.query(
        `SELECT count(*)::int AS n FROM coupon_redemptions WHERE coupon_id IN ('${id}', '${gone}')`,
      );
      expect(rows).toEqual([{ n: 0 }]);
    });
  });

  test(`a coupon is never redeemed more often than it may be, by ${connections} connections in ${rounds} rounds beside a service that counts itself`, async () => {
    await clear();
    const maxUses = Math.floor((connections * rounds) / 2);
    const id = await addCoupon(database.query, { maxUses });
    const outcomes = await onConnections(database.url, connections, async (client, index) => {
      const own: string[] = [];
      for (let round = 0; round < rounds; round += 1) {
        if (index === 0) {
          const { rowCount } = await client.query(
            `UPDATE discount_coupons SET current_uses = current_uses + 1 WHERE id = '${id}' AND current_uses < max_uses`,
          );
          own.push(rowCount === 1 ? 'counted' : 'full');
        } else {
          own.push(await outcomeOf(client.query(redeem(id, feedback.bookingIds[index * rounds + round]))));
        }
      }
      return own;
    });
    const taken = outcomes.flat().filter((outcome) => outcome === 'done' || outcome === 'counted');
    expect(taken).toHaveLength(maxUses);
    expect(new Set(outcomes.flat())).toEqual(
      new Set([
        'done',
        ...outcomes.flat().filter((outcome) => /counted|full/.test(outcome)),
        refusedBy(couponRefusals.maxUses),
      ]),
    );
    expect((await couponOf(id)).uses).toBe(maxUses);
  });

  describe('a service of a station', () => {
    const at = (statement: string, userId = feedback.supportId) =>
      withStation(drizzle({ client: database.service({ max: 1 }) }), { userId, stationId: feedback.stationId }, (tx) =>
        tx.execute(sql.raw(statement)),
      );
    const refusal = async (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error: { name: string; cause?: { code?: string; constraint?: string } }) =>
          error.cause?.constraint ?? error.cause?.code ?? error.name,
      );
    const issue = (set: object, issuedBy = feedback.supportId) => {
      const row = {
        code: randomUUID(),
        issued_by: issuedBy,
        discount_percentage: 10,
        valid_from: '2020-01-01',
        valid_until: '2120-01-01',
        ...set,
      };
      return `INSERT INTO discount_coupons (${Object.keys(row).join(', ')}) VALUES (${Object.values(row)
        .map((value) => `'${value}'`)
        .join(', ')}) RETURNING id`;
    };
    beforeAll(clear);

    test('redeems at its station, with a trigger that counts for it', async () => {
      const id = await addCoupon(database.query);
      expect(await refusal(at(redeem(id)))).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 1, status: 'used' });
      expect(await refusal(at(redeem(id, feedback.bookingIds[1])))).toBe(couponRefusals.maxUses);
      expect(await refusal(at(reverse(id)))).toBe('done');
      expect(await couponOf(id)).toEqual({ uses: 0, status: 'active' });
    });

    test('redeems for no booking of another station, and writes no coupon but by what it redeems', async () => {
      const other = await addFeedback(database.query);
      const id = await addCoupon(database.query);
      expect(await refusal(at(redeem(id, other.bookingIds[0])))).toBe('StationRowRefused');
      expect(await refusal(at(`UPDATE discount_coupons SET current_uses = 0 WHERE id = '${id}'`))).toBe('42501');
      expect(await couponOf(id)).toEqual({ uses: 0, status: 'active' });
    });

    test('issues a coupon for a complaint of its station, once; without a complaint only who runs the station', async () => {
      const other = await addFeedback(database.query);
      const reviewOf = async (booking = '') => {
        const reviewId = randomUUID();
        await database.exec(
          `INSERT INTO event_customer_reviews (id, booking_id, rating) VALUES ('${reviewId}', '${booking}', 1)`,
        );
        return reviewId;
      };
      const own = { review_id: await reviewOf(feedback.bookingIds[0]), customer_id: feedback.customerId };
      expect(await refusal(at(issue(own)))).toBe('done');
      expect(await refusal(at(issue(own)))).toBe('discount_coupons_review_id_key');
      expect(await refusal(at(issue({ review_id: await reviewOf(other.bookingIds[0]) })))).toBe('StationRowRefused');
      expect(
        await refusal(
          at(issue({ ...own, review_id: await reviewOf(feedback.bookingIds[0]), customer_id: other.customerId })),
        ),
      ).toBe('StationRowRefused');
      // For anybody, for many, and for nothing.
      const [review_id, customer_id] = [await reviewOf(feedback.bookingIds[0]), feedback.customerId];
      for (const wider of [{ review_id }, { review_id, customer_id, max_uses: 2 }, { customer_id }]) {
        expect(await refusal(at(issue(wider)))).toBe('StationRowRefused');
      }
      const ofAdmin = issue({ review_id, customer_id, max_uses: 2 }, feedback.adminId);
      expect(await refusal(at(ofAdmin, feedback.adminId))).toBe('done');
      expect(await refusal(at(issue({})))).toBe('StationRowRefused');
      expect(await refusal(at(issue({}, feedback.adminId), feedback.adminId))).toBe('done');
      // In nobody else's name.
      expect(await refusal(at(issue({}, feedback.supportId), feedback.adminId))).toBe('StationRowRefused');
    });
  });
});
