const { desc, eq } = require('drizzle-orm');
const models = require('canonical-models/models');
// This path is kept: it has no warning, and the codemod leaves it.
const { CustomerReviewBlogPost } = require('canonical-models/models/review');

/** @type {Record<string, import('../server').Route>} */
module.exports = {
  'GET /reviews': async ({ database: { db } }) => {
    const reviews = await db
      .select({
        id: models.CustomerReview.id,
        rating: models.CustomerReview.rating,
        status: models.CustomerReview.status,
        bookingStatus: models.Booking.status,
      })
      .from(models.CustomerReview)
      .leftJoin(models.Booking, eq(models.Booking.id, models.CustomerReview.bookingId))
      .orderBy(desc(models.CustomerReview.createdAt), models.CustomerReview.id)
      .limit(20);
    return { body: { reviews } };
  },

  'GET /reviews/summary': async ({ database: { db, pool } }) => {
    const { rows } = await pool.query(
      'SELECT rating, count(*)::integer AS reviews FROM customer_reviews GROUP BY rating ORDER BY rating',
    );
    return { body: { ratings: rows, published: await db.$count(CustomerReviewBlogPost) } };
  },
};
