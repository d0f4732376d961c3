import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type * as blogReviews from '../src/feedback_marketing/blog-reviews/index.ts';
import { queryOf } from '../src/tools/database/query.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { applyMigrations } from '../test/support/migrate.ts';
import { asSuperuser, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { type Figure, measurement } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const majors: readonly Major[] = [15, 18];
/** One call of each way a round, so that what else the machine does meets all of them. */
const rounds = 801;
const limit = 20;
const sizes = [100_000, 1_000] as const;
const ofPages = 'idx_customer_review_blog_posts_published';

/**
 * The cost of a page of published testimonials, the first one and one from the middle, compared with the same page by hand: the
 * statement that one would write, sent by node-postgres; and with a table of a hundredth of the size.
 */
export async function benchBlogReviews(): Promise<Figure[]> {
  packPackage();
  const built: typeof blogReviews = await import(join(packageRoot, 'dist/feedback_marketing/blog-reviews/index.js'));
  const figures: Figure[] = [];
  for (const major of majors) {
    const server = await startServer({ major });
    try {
      figures.push(...(await measure(built, server)));
    } finally {
      await server.remove();
    }
  }
  return figures;
}

interface Way {
  readonly ask: () => Promise<{ readonly length: number }>;
  readonly samples: number[];
}

async function measure(built: typeof blogReviews, server: Server): Promise<Figure[]> {
  const ways = new Map<string, Way>();
  const pools: pg.Pool[] = [];
  try {
    for (const size of sizes) {
      const name = `reviews_${size}`;
      await fill(server, name, size);
      const pool = new pg.Pool({ connectionString: superuserUrl(server, name), max: 1 });
      pools.push(pool);
      const statements: { query: string; params: unknown[] }[] = [];
      const logger = { logQuery: (query: string, params: unknown[]) => void statements.push({ query, params }) };
      const logged = drizzle({ client: pool, logger });
      const db = drizzle({ client: pool });
      const middle = await placeOf(pool, size / 2);
      const add = (page: string, ask: Way['ask']) => ways.set(`${size} ${page}`, { ask, samples: [] });
      const list = async (cursor?: string) => (await built.listPublishedBlogReviews(db, { limit, cursor })).items;
      const cursor = Buffer.from(JSON.stringify([middle.microseconds, middle.id])).toString('base64url');
      add('first', () => list());
      add('middle', () => list(cursor));
      add('first, by hand', async () => (await pool.query(byHand(''), [limit + 1])).rows.slice(0, limit));
      const after = 'AND (review.approved_at, review.id) < ($2, $3)';
      add('middle, by hand', async () =>
        (await pool.query(byHand(after), [limit + 1, middle.approved_at, middle.id])).rows.slice(0, limit),
      );
      await built.listPublishedBlogReviews(logged, { limit });
      await built.listPublishedBlogReviews(logged, { limit, cursor });
      await assertByIndex(pool, statements.splice(0), ofPages);
      await built.findPublishedBlogReview(logged, { slug: 'great-evening-1' });
      if (size > 1_000) await assertByIndex(pool, statements, 'customer_review_blog_posts_slug_key');
    }
    for (const [name, { ask }] of ways) {
      const { length } = await ask();
      if (length !== limit) throw new Error(`${name}: found ${length} reviews; expected ${limit}.`);
    }
    for (let round = -200; round < rounds; round++) {
      for (const way of round % 2 === 0 ? [...ways.values()] : [...ways.values()].reverse()) {
        const began = performance.now();
        await way.ask();
        if (round >= 0) way.samples.push(performance.now() - began);
      }
    }
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
  const taken = (name: string) => measurement(ways.get(name)?.samples ?? []);
  return ['first', 'middle'].flatMap((page): Figure[] => {
    const name = `PostgreSQL ${server.major}, ${page} page of 20 of 100,000 published testimonials`;
    const ours = taken(`100000 ${page}`);
    return [
      { name, unit: 'ms', ours, peer: { name: 'by hand', value: taken(`100000 ${page}, by hand`) }, limit: 1.3 },
      { name, unit: 'ms', ours, peer: { name: 'of 1,000', value: taken(`1000 ${page}`) }, limit: 1.3 },
    ];
  });
}

/** The statement of a page, as one would write it. */
const byHand = (after: string) => `
  SELECT review.id, review.slug, review.title, review.content, review.rating, review.customer_name, review.show_initials_only, review.images,
    review.keywords, review.google_review_link, review.yelp_review_link, review.likes_count, review.helpful_count, review.approved_at,
    review.created_at, review.updated_at, booking.id IS NOT NULL AS is_verified
  FROM customer_review_blog_posts AS review
  LEFT JOIN bookings AS booking
    ON booking.id = review.booking_id AND booking.customer_id = review.customer_id AND booking.status = 'completed'
  WHERE review.status = 'approved' ${after}
  ORDER BY review.approved_at DESC, review.id DESC LIMIT $1`;

async function placeOf(pool: pg.Pool, offset: number) {
  const { rows } = await pool.query(
    `SELECT id, approved_at::text, (extract(epoch FROM approved_at) * 1000000)::bigint::text AS microseconds
     FROM customer_review_blog_posts WHERE status = 'approved' ORDER BY approved_at DESC, id DESC OFFSET $1 LIMIT 1`,
    [offset],
  );
  return rows[0] as { id: string; approved_at: string; microseconds: string };
}

/** @throws if PostgreSQL would read more than the page. */
async function assertByIndex(
  pool: pg.Pool,
  statements: readonly { query: string; params: unknown[] }[],
  index: string,
): Promise<void> {
  for (const { query, params } of statements) {
    const { rows } = await pool.query(`EXPLAIN ${query}`, params);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    const isInOrder = index !== ofPages || !plan.includes('Sort');
    if (!plan.includes(index) || plan.includes('Seq Scan on customer_review_blog_posts') || !isInOrder)
      throw new Error(`found the plan\n${plan}\nexpected ${index}.`);
  }
}

/** A database with so many published testimonials, and a tenth as many that wait; every other one names a completed booking. */
async function fill(server: Server, name: string, size: number): Promise<void> {
  await asSuperuser(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  await asSuperuser(
    server,
    async (client) => {
      await applyMigrations(queryOf(client), readMigrations());
      await client.query(`
        INSERT INTO customers (id, first_name, last_name, email, phone) VALUES ('00000000-0000-4000-8000-000000000001', 'f', 'l', 'e', '1');
        SET session_replication_role = replica;
        INSERT INTO bookings (id, customer_id, event_date, event_start_time, guest_count, location_address, location_city, location_state,
          location_zip, total_amount, deposit_amount, remaining_amount, status)
        SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, '00000000-0000-4000-8000-000000000001', now(), '18:00', 12,
          'Main Street', 'Springfield', 'IL', '62701', 120000, 30000, 90000, 'completed'
        FROM generate_series(1, ${size}) AS n;
        INSERT INTO customer_review_blog_posts (customer_id, booking_id, customer_name, customer_email, show_initials_only, title, content,
          rating, images, status, approved_by, approved_at, slug, keywords)
        SELECT '00000000-0000-4000-8000-000000000001',
          CASE WHEN n % 2 = 0 THEN ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid END, 'Ada Lovelace', 'ada@example.com',
          n % 3 = 0, 'Great evening ' || n, repeat('The chef was funny and fast. ', 20), n % 5 + 1,
          jsonb_build_array(jsonb_build_object('type', 'image', 'url', 'https://example.com/' || n || '.jpg')),
          CASE WHEN n % 11 = 0 THEN 'pending' ELSE 'approved' END, NULL,
          CASE WHEN n % 11 > 0 THEN timestamptz '2026-01-01' + hashint4(n) / 100 * interval '1 second' END, 'great-evening-' || n,
          'hibachi, birthday'
        FROM generate_series(1, ${size} * 11 / 10) AS n;
        RESET session_replication_role`);
      await client.query('VACUUM ANALYZE');
    },
    name,
  );
}
