import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { PostgresDatabase } from '../src/database.ts';
import type * as coupons from '../src/feedback_marketing/coupons/index.ts';
import type * as access from '../src/identity/access/index.ts';
import { queryOf } from '../src/tools/database/query.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { applyMigrations } from '../test/support/migrate.ts';
import { asSuperuser, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { type Figure, measurement } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const major: Major = 18;
const rounds = 41;
const millisecondsARound = 60;
/** Coupons, and as many redemptions, in each database. */
const sizes = [1_000, 100_000] as const;
/** Bookings without a redemption, which are redeemed for in turn. */
const bookings = 500;
const amount = 65_000;

const stationId = '00000001-0000-4000-8000-000000000000';
const userId = '00000002-0000-4000-8000-000000000000';
const customerId = '00000003-0000-4000-8000-000000000000';
const bookingOf = (number: number) => `00000004-0000-4000-8000-${String(number).padStart(12, '0')}`;
const codeOf = (number: number) => `BENCH${String(number).padStart(7, '0')}`;

type Taken = Figure['ours'];

/** What takes a redemption back. */
class Undo extends Error {}

/** One way to redeem, with the time that it takes, in milliseconds. */
interface Way {
  readonly redeem: (tx: PostgresDatabase, code: string, bookingId: string) => Promise<number>;
  readonly service: NodePgDatabase;
  readonly size: number;
  readonly samples: number[];
}

/**
 * What `redeemCoupon` costs beside two statements written by hand that ask for the same rules, in the same `withStation`, with a savepoint, so
 * that the caller's transaction outlives a refusal, and without one; and with 100,000 coupons and redemptions beside 1,000. Each redemption is rolled back, so that all find the same rows.
 */
export async function benchCoupons(): Promise<Figure[]> {
  packPackage();
  const { redeemCoupon }: typeof coupons = await import(join(packageRoot, 'dist/feedback_marketing/coupons/index.js'));
  const { withStation }: typeof access = await import(join(packageRoot, 'dist/identity/access/index.js'));
  const server = await startServer({ major });
  const pools: pg.Pool[] = [];
  try {
    const ways: Way[] = [];
    for (const size of sizes) {
      const url = await fill(server, size);
      const pool = new pg.Pool({ connectionString: url, max: 1 });
      pools.push(pool);
      const service = drizzle({ client: pool });
      const ours: Way['redeem'] = async (tx, code, bookingId) =>
        (await redeemCoupon(tx, { code, bookingId, amount })).amountOff;
      const inSavepoint: Way['redeem'] = (tx, code, bookingId) =>
        tx.transaction((inner) => byHand(inner, code, bookingId));
      for (const redeem of [ours, inSavepoint, byHand]) ways.push({ redeem, service, size, samples: [] });
    }
    let next = 0;
    const once = async ({ redeem, service, size }: Way) => {
      const number = next++ % bookings;
      const code = codeOf((number * 97) % size);
      await withStation(service, { userId, stationId }, async (tx) => {
        const off = await redeem(tx, code.toLowerCase(), bookingOf(number));
        if (off !== 6_500) throw new Error(`a redemption: found ${off} cents off; expected 6500.`);
        throw new Undo();
      }).catch((error) => {
        if (!(error instanceof Undo)) throw error;
      });
    };
    for (let round = -3; round < rounds; round++) {
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        const took = await timeOf(() => once(way));
        if (round >= 0) way.samples.push(took);
      }
    }
    const [few, fewInSavepoint, fewByHand, many, manyInSavepoint, manyByHand] = ways.map(({ samples }) =>
      measurement(samples),
    ) as [Taken, Taken, Taken, Taken, Taken, Taken];
    const row = (size: number, ours: Taken, name: string, peer: Taken, limit?: number): Figure => ({
      name: `redeemCoupon, ${size.toLocaleString('en')} coupons and redemptions`,
      unit: 'ms',
      ours,
      peer: { name, value: peer },
      ...(limit !== undefined && { limit }),
    });
    const [least, most] = sizes;
    const inSavepoint = 'two statements by hand in a savepoint, in withStation';
    const byHandAlone = 'without the savepoint: a refusal would end the transaction of the caller';
    return [
      row(least, few, inSavepoint, fewInSavepoint, 1.3),
      row(least, few, byHandAlone, fewByHand),
      row(most, many, inSavepoint, manyInSavepoint, 1.3),
      row(most, many, byHandAlone, manyByHand),
      row(most, many, 'with 1,000', few, 1.3),
    ];
  } finally {
    for (const pool of pools) await pool.end();
    await server.remove();
  }
}

/** What one would write by hand: look, compute, insert if every rule still holds. */
async function byHand(tx: PostgresDatabase, code: string, bookingId: string): Promise<number> {
  const { rows: found } = (await tx.execute(sql`
    SELECT coupon.id, coupon.discount_percentage, coupon.max_discount_amount, coupon.status, coupon.current_uses < coupon.max_uses AS has_use,
      now() BETWEEN coupon.valid_from AND coupon.valid_until AS is_valid, coupon.min_booking_amount, coupon.customer_id AS for_customer,
      booking.customer_id, booking.station_id, redemption.id AS redemption
    FROM bookings AS booking
    JOIN discount_coupons AS coupon ON upper(coupon.code) = upper(${code})
    LEFT JOIN coupon_redemptions AS redemption ON redemption.booking_id = booking.id AND redemption.reversed_at IS NULL
    WHERE booking.id = ${bookingId}`)) as unknown as { rows: Record<string, unknown>[] };
  const [coupon] = found;
  if (coupon?.['status'] !== 'active' || !coupon['has_use'] || !coupon['is_valid'] || coupon['redemption']) {
    throw new Error('a coupon: found one that is not good; expected one that is.');
  }
  const off = Math.min(
    Math.floor((amount * Number(coupon['discount_percentage'])) / 100),
    Number(coupon['max_discount_amount'] ?? amount),
  );
  const { rows } = (await tx.execute(sql`
    INSERT INTO coupon_redemptions (coupon_id, booking_id, customer_id, station_id, amount_before, amount_off, redeemed_by)
    SELECT id, ${bookingId}::uuid, ${coupon['customer_id']}::uuid, ${coupon['station_id']}::uuid, ${amount}::integer, ${off}::integer, ${userId}::uuid
    FROM discount_coupons
    WHERE id = ${coupon['id']} AND status = 'active' AND current_uses < max_uses AND now() BETWEEN valid_from AND valid_until
      AND (min_booking_amount IS NULL OR min_booking_amount <= ${amount}::integer)
      AND (customer_id IS NULL OR customer_id = ${coupon['customer_id']}::uuid)
    ON CONFLICT DO NOTHING RETURNING *`)) as unknown as { rows: Record<string, unknown>[] };
  return Number(rows[0]?.['amount_off']);
}

/** How long one call takes, in milliseconds: the average over as many as fit into a round. */
async function timeOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  let calls = 0;
  do {
    await work();
    calls++;
  } while (performance.now() - began < millisecondsARound);
  return (performance.now() - began) / calls;
}

/** Creates a database with so many coupons and redemptions; returns the URL of a service of the station. */
async function fill(server: Server, size: number): Promise<string> {
  const name = `coupons_${size}`;
  const id = (group: number, number: string) =>
    `('0000000${group}-0000-4000-8000-' || lpad((${number})::text, 12, '0'))::uuid`;
  await asSuperuser(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  await asSuperuser(
    server,
    async (client) => {
      await applyMigrations(queryOf(client), readMigrations());
      await client.query(`
        INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${stationId}', 's', 's', 's');
        INSERT INTO identity.users (id, email, status) VALUES ('${userId}', 'u@example.com', 'active');
        INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${userId}', '${stationId}', 'station_admin');
        INSERT INTO customers (id, station_id, first_name, last_name, email, phone)
        VALUES ('${customerId}', '${stationId}', 'first', 'last', 'c@example.com', '1');
        SET session_replication_role = replica;
        INSERT INTO bookings (id, customer_id, station_id, event_date, event_start_time, guest_count, location_address, location_city,
          location_state, location_zip, total_amount, deposit_amount, remaining_amount)
        SELECT ${id(4, 'n')}, '${customerId}', '${stationId}', now(), '18:00', 12, 'a', 'c', 's', 'z', ${amount}, 1, 1
        FROM generate_series(0, ${size + bookings - 1}) AS n;
        INSERT INTO discount_coupons (id, code, discount_percentage, max_discount_amount, min_booking_amount, valid_from, valid_until, max_uses)
        SELECT ${id(5, 'n')}, 'BENCH' || lpad(n::text, 7, '0'), 10, 10000, 55000, now() - interval '1 day', now() + interval '1 year', 1000
        FROM generate_series(0, ${size - 1}) AS n;
        INSERT INTO coupon_redemptions (coupon_id, booking_id, customer_id, station_id, amount_before, amount_off)
        SELECT ${id(5, 'n')}, ${id(4, `n + ${bookings}`)}, '${customerId}', '${stationId}', ${amount}, 6500
        FROM generate_series(0, ${size - 1}) AS n;
        RESET session_replication_role`);
      await client.query('VACUUM ANALYZE');
      await client.query(
        `DO $$ BEGIN IF to_regrole('bench_coupons') IS NULL THEN CREATE ROLE bench_coupons LOGIN PASSWORD 'bench' IN ROLE station_service; END IF; END $$`,
      );
    },
    name,
  );
  const url = new URL(superuserUrl(server, name));
  url.username = 'bench_coupons';
  url.password = 'bench';
  return url.href;
}
