import type { Query } from '../../../src/tools/database/query.ts';

/** The rows of stations that a route could show or change, each with its station. */
const rows = `
  SELECT id, station_id FROM bookings
  UNION ALL SELECT id, station_id FROM customers
  UNION ALL SELECT id, station_id FROM customer_message_threads
  UNION ALL SELECT message.id, thread.station_id
    FROM customer_messages AS message JOIN customer_message_threads AS thread ON thread.id = message.thread_id
  UNION ALL SELECT post.id, coalesce(booking.station_id, customer.station_id)
    FROM customer_review_blog_posts AS post
    LEFT JOIN bookings AS booking ON booking.id = post.booking_id LEFT JOIN customers AS customer ON customer.id = post.customer_id
  UNION ALL SELECT review.id, coalesce(booking.station_id, customer.station_id)
    FROM event_customer_reviews AS review
    LEFT JOIN bookings AS booking ON booking.id = review.booking_id LEFT JOIN customers AS customer ON customer.id = review.customer_id
  UNION ALL SELECT escalation.id, coalesce(escalation.station_id, booking.station_id, customer.station_id)
    FROM review_escalations AS escalation JOIN event_customer_reviews AS review ON review.id = escalation.review_id
    LEFT JOIN bookings AS booking ON booking.id = review.booking_id LEFT JOIN customers AS customer ON customer.id = review.customer_id
  UNION ALL SELECT id, station_id FROM external_reviews
  UNION ALL SELECT id, station_id FROM coupon_redemptions`;

/** The station of each row that has one, by the id of the row. */
export async function readStations(query: Query): Promise<Map<string, string>> {
  const found = await query(
    `SELECT id::text, station_id::text FROM (${rows}) AS of_station WHERE station_id IS NOT NULL`,
  );
  return new Map(found.rows.map(({ id, station_id: station }) => [String(id), String(station)]));
}

/** What stands in the rows of all other stations than these, as one text that tells whether any of it was changed. */
export async function sumUpOtherStations(query: Query, stations: readonly string[]): Promise<string> {
  const tables = [
    'bookings',
    'customers',
    'customer_message_threads',
    'customer_messages',
    'customer_review_blog_posts',
    'event_customer_reviews',
    'review_escalations',
    'external_reviews',
    'coupon_redemptions',
  ];
  const sums = tables.map(
    (
      table,
    ) => `SELECT '${table}' AS name, count(*) AS number, md5(coalesce(string_agg(each::text, '|' ORDER BY each.id), '')) AS content
      FROM ${table} AS each JOIN (${rows}) AS of_station ON of_station.id = each.id
      WHERE NOT coalesce(of_station.station_id = ANY ($1::uuid[]), false)`,
  );
  // PostgreSQL may run the parts side by side, and answers with the one that is done first.
  const { rows: found } = await query(`${sums.join(' UNION ALL ')} ORDER BY name`, [stations]);
  return JSON.stringify(found);
}

/** The ids of the rows that an answer shows. What they refer to is not among them: legacy rows refer to those of other stations, too. */
export function idsShownBy(body: string): string[] {
  const ids: string[] = [];
  JSON.parse(body, (name, value) => {
    if ((name === 'id' || name === 'escalationId') && typeof value === 'string') ids.push(value);
    return value;
  });
  return ids;
}
