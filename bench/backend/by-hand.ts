import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { getColumns } from 'drizzle-orm';
import pg from 'pg';
import { Booking } from '../../src/core/index.ts';
import { CouponRedemption } from '../../src/feedback_marketing/index.ts';

// The peer of the example backend: two of its routes on node:http and pg, with statements by hand. Like the backend it enters the station by the
// token that the client presents, in a transaction, and leaves it before the connection goes to somebody else.

const pool = new pg.Pool({ connectionString: process.env['STATION_DATABASE_URL'], max: 10 });

/** Columns under the names of the answer, as in `booking.customer_id AS "customerId"`. */
const listed = (
  table: typeof Booking | typeof CouponRedemption,
  alias: string,
  without: readonly string[] = [],
): string =>
  Object.entries(getColumns(table as typeof Booking))
    .filter(([name]) => !without.includes(name))
    .map(([name, column]) => `${alias}.${column.name} AS "${name}"`)
    .join(', ');

const page = `
  SELECT ${listed(Booking, 'booking', ['bookingMetadata'])},
    customer.id AS customer, customer.first_name, customer.last_name, customer.email, customer.phone,
    jsonb_build_array((extract(epoch FROM booking.event_date) * 1000000)::bigint::text, booking.id)::text AS place
  FROM bookings AS booking LEFT JOIN customers AS customer ON customer.id = booking.customer_id
  ORDER BY booking.event_date DESC, booking.id DESC LIMIT 21`;

const look = `
  SELECT coupon.id, coupon.discount_percentage, coupon.discount_amount, coupon.max_discount_amount, coupon.status = 'active'
      AND coupon.current_uses < coupon.max_uses AND now() BETWEEN coupon.valid_from AND coupon.valid_until
      AND (coupon.min_booking_amount IS NULL OR coupon.min_booking_amount <= $3::integer)
      AND (coupon.customer_id IS NULL OR coupon.customer_id = booking.customer_id) AS is_good,
    booking.customer_id, booking.station_id, redemption.id AS redemption
  FROM bookings AS booking
  JOIN discount_coupons AS coupon ON upper(coupon.code) = upper($1)
  LEFT JOIN coupon_redemptions AS redemption ON redemption.booking_id = booking.id AND redemption.reversed_at IS NULL
  WHERE booking.id = $2 ORDER BY coupon.code = $1 DESC, coupon.created_at, coupon.id LIMIT 1`;

const earlier = `
  SELECT ${listed(CouponRedemption, 'redemption')} FROM coupon_redemptions AS redemption
  WHERE id = $1 AND coupon_id = $2 AND amount_before = $3::integer AND reversed_at IS NULL`;

const redeem = `
  INSERT INTO coupon_redemptions AS redemption (coupon_id, booking_id, customer_id, station_id, amount_before, amount_off, redeemed_by)
  SELECT coupon.id, $2::uuid, $3::uuid, $4::uuid, $5::integer, $6::integer, $7::uuid
  FROM discount_coupons AS coupon
  WHERE coupon.id = $1 AND status = 'active' AND current_uses < max_uses AND now() BETWEEN valid_from AND valid_until
    AND (min_booking_amount IS NULL OR min_booking_amount <= $5::integer)
    AND (coupon.customer_id IS NULL OR coupon.customer_id = $3::uuid)
  ON CONFLICT DO NOTHING RETURNING ${listed(CouponRedemption, 'redemption')}`;

interface Entered {
  readonly userId: string;
  readonly backendProof: string;
  /** The settings of the connection before, to be restored. */
  readonly session: string;
}

/** What the database gave to a connection at its first entry: later ones present it. */
const proofs = new WeakMap<object, string>();

async function atStation<Result>(
  request: IncomingMessage,
  work: (client: pg.PoolClient, entered: Entered) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query(
      `SELECT entered, identity.take_context(entered, 'station_service') AS path
       FROM identity.enter_station_by_token($1, $2, $3, $3, $4, $5) AS entered`,
      [
        String(request.headers.authorization).slice('Bearer '.length),
        request.headers['station-id'],
        request.socket.remoteAddress,
        request.headers['user-agent'],
        proofs.get(client) ?? '',
      ],
    );
    const entered = JSON.parse(rows[0].entered) as Entered;
    proofs.set(client, entered.backendProof);
    const result = await work(client, entered);
    await client.query(`SELECT identity.leave_context('${rows[0].path}', '${entered.session}')`);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const listBookings = (request: IncomingMessage) =>
  atStation(request, async (client) => {
    const { rows } = await client.query(page);
    const items = rows.slice(0, 20).map(({ place: _, customer, first_name, last_name, email, phone, ...booking }) => ({
      ...booking,
      customer: customer && { id: customer, firstName: first_name, lastName: last_name, email, phone },
    }));
    return { items, nextCursor: rows.length > 20 ? Buffer.from(rows[19].place).toString('base64url') : undefined };
  });

async function redeemCoupon(request: IncomingMessage) {
  const { code, bookingId, amount } = (await json(request)) as { code: string; bookingId: string; amount: number };
  return atStation(request, async (client, { userId }) => {
    const [coupon] = (await client.query(look, [code, bookingId, amount])).rows;
    if (coupon?.redemption) {
      const { rows } = await client.query(earlier, [coupon.redemption, coupon.id, amount]);
      if (rows[0]) return rows[0];
    }
    if (!coupon?.is_good || coupon.redemption) throw new Error('not redeemed');
    const off = Math.min(
      coupon.discount_percentage ? Math.floor((amount * coupon.discount_percentage) / 100) : coupon.discount_amount,
      coupon.max_discount_amount ?? amount,
      amount,
    );
    const values = [coupon.id, bookingId, coupon.customer_id, coupon.station_id, amount, off, userId];
    // As in the backend: a statement that the database refuses does not end the transaction around it.
    await client.query('SAVEPOINT redemption');
    const { rows } = await client.query(redeem, values);
    await client.query('RELEASE SAVEPOINT redemption');
    if (!rows[0]) throw new Error('not redeemed');
    return rows[0];
  });
}

const server = createServer(async (request, response) => {
  try {
    const isList = request.method === 'GET';
    const answer = isList ? await listBookings(request) : await redeemCoupon(request);
    response.writeHead(isList ? 200 : 201, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch {
    response.writeHead(500).end();
  }
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.stdout.write('listening on\n'));
process.once('SIGTERM', () => process.exit(0));
