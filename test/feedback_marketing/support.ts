import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Query } from '../../src/tools/database/query.ts';

/** A station, an administrator and a supporter of it, a customer, and bookings of theirs. */
export interface Feedback {
  readonly stationId: string;
  readonly adminId: string;
  readonly supportId: string;
  readonly customerId: string;
  readonly bookingIds: readonly string[];
}

/** Adds a station with all that feedback is about. */
export async function addFeedback(query: Query, bookings = 1): Promise<Feedback> {
  const [stationId, adminId, supportId, customerId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const bookingIds = Array.from({ length: bookings }, () => randomUUID());
  await query(
    `INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${stationId}', 'S', '${stationId.slice(0, 8)}', 'S')`,
  );
  for (const [id, role] of [
    [adminId, 'admin'],
    [supportId, 'customer_support'],
  ]) {
    await query(`INSERT INTO identity.users (id, email, status) VALUES ('${id}', '${id}@example.com', 'active')`);
    await query(
      `INSERT INTO identity.station_users (user_id, station_id, role, is_active) VALUES ('${id}', '${stationId}', '${role}', true)`,
    );
  }
  await query(
    `INSERT INTO customers (id, station_id, first_name, last_name, email, phone) VALUES ('${customerId}', '${stationId}', 'f', 'l', 'e', '1')`,
  );
  await query(
    `INSERT INTO bookings (id, station_id, customer_id, event_date, event_start_time, guest_count, location_address, location_city,
       location_state, location_zip, total_amount, deposit_amount, remaining_amount)
     SELECT id::uuid, '${stationId}', '${customerId}', now(), '12:00', 10, 'a', 'c', 's', 'z', 100000, 1, 1
     FROM unnest(ARRAY['${bookingIds.join("', '")}']) AS id`,
  );
  return { stationId, adminId, supportId, customerId, bookingIds };
}

/** Adds a testimonial and returns its id. */
export async function addBlogReview(
  query: Query,
  { customerId, bookingIds }: Feedback,
  set: object = {},
): Promise<string> {
  const id = randomUUID();
  const row = { id, customer_id: customerId, booking_id: bookingIds[0], title: 't', content: 'c', rating: 5, ...set };
  await query(
    `INSERT INTO customer_review_blog_posts (${Object.keys(row).join(', ')}) SELECT ${Object.keys(row)
      .map((column) => `given.${column}`)
      .join(', ')} FROM jsonb_populate_record(NULL::customer_review_blog_posts, '${JSON.stringify(row)}') AS given`,
  );
  return id;
}

/** Adds a coupon and returns its id. */
export async function addCoupon(
  query: Query,
  set: { maxUses?: number; currentUses?: number; status?: string } = {},
): Promise<string> {
  const { maxUses = 1, currentUses = 0, status = 'active' } = set;
  const id = randomUUID();
  await query(
    `INSERT INTO discount_coupons (id, code, discount_percentage, valid_from, valid_until, max_uses, current_uses, status)
     VALUES ('${id}', '${id}', 10, now(), now() + interval '1 day', ${maxUses}, ${currentUses}, '${status}')`,
  );
  return id;
}

/** How PostgreSQL refused, without a word of its message; `done` if it did not. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    ({ code, table, constraint }: pg.DatabaseError) => [code, table, constraint].filter(Boolean).join(' '),
  );
}

/** Runs `work` on several connections at once. */
export async function onConnections<T>(
  url: string,
  count: number,
  work: (client: pg.Client, index: number) => Promise<T>,
): Promise<T[]> {
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = new pg.Client(url);
      await client.connect();
      return client;
    }),
  );
  return Promise.all(clients.map(work)).finally(() => Promise.all(clients.map((client) => client.end())));
}
