import { expect, test } from 'vitest';
import { check } from '../../src/tools/check/check.ts';
import { migrate } from '../../src/tools/migrate/migrate.ts';
import { revert } from '../../src/tools/revert/revert.ts';
import { connectionTo, eachOfFewMajors, withDatabase } from '../support/databases.ts';
import { addBlogReview, addCoupon, addFeedback } from './support.ts';

eachOfFewMajors((major) => {
  test('the tables of feedback, their rows and their triggers stay when renames are reverted, and when they are made again', () =>
    withDatabase(major, 'legacy', async (database) => {
      const connection = connectionTo(database);
      await migrate(connection);
      const { stationId, adminId, customerId, bookingIds } = await addFeedback(database.query, 3);
      const reviewId = await addBlogReview(database.query, {
        stationId,
        adminId,
        supportId: adminId,
        customerId,
        bookingIds,
      });
      const couponId = await addCoupon(database.query, { maxUses: 3 });
      /** Takes a step, redeems, and asks for a review, each once more. */
      const use = async (round: number, reviews: string) => {
        const booking = bookingIds[round];
        const set =
          round % 2 === 0
            ? `status = 'approved', approved_by = '${adminId}', approved_at = now()`
            : `status = 'rejected', rejection_reason = 'r'`;
        await database.exec(`
          UPDATE customer_review_blog_posts SET ${set} WHERE id = '${reviewId}';
          INSERT INTO blog_review_slugs (review_id, slug, is_current) VALUES ('${reviewId}', next_blog_review_slug('same-title'), false);
          INSERT INTO coupon_redemptions (coupon_id, booking_id, amount_before, amount_off) VALUES ('${couponId}', '${booking}', 2, 1);
          WITH review AS (INSERT INTO ${reviews} (booking_id, rating) VALUES ('${booking}', 1) RETURNING id)
          INSERT INTO event_review_requests (booking_id, station_id, review_id) SELECT '${booking}', '${stationId}', id FROM review;
          INSERT INTO external_reviews (source, location, external_id) VALUES ('google', 'l', 'review ${round}') ON CONFLICT DO NOTHING`);
      };
      const counts = async () => {
        const { rows } = await database.query(`SELECT
          (SELECT count(*)::int FROM review_approval_log WHERE review_id = '${reviewId}') AS log,
          (SELECT string_agg(slug, ' ' ORDER BY slug) FROM blog_review_slugs) AS slugs,
          (SELECT current_uses FROM discount_coupons WHERE id = '${couponId}') AS uses,
          (SELECT count(*)::int FROM event_review_requests WHERE review_id IS NOT NULL) AS requests,
          (SELECT count(*)::int FROM external_reviews) AS external`);
        return rows[0];
      };

      await use(0, 'event_customer_reviews');
      await revert(connection, { to: 'baseline' });
      expect(await counts()).toEqual({ log: 1, slugs: 'same-title', uses: 1, requests: 1, external: 1 });
      await use(1, 'customer_reviews');
      await migrate(connection);
      // Through the table, and through the view under its old name as it was then.
      await database.exec(`UPDATE customer_review_blog_posts SET status = 'pending' WHERE id = '${reviewId}'`);
      await use(2, 'customer_reviews');
      expect(await counts()).toEqual({
        log: 4,
        slugs: 'same-title same-title-2 same-title-3',
        uses: 3,
        requests: 3,
        external: 3,
      });
      expect(await check(connection, { drizzleKit: false })).toMatchObject({ differs: [] });
    }));
});
