import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Booking, Customer, Message } from '../../../src/core/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { Lead } from '../../../src/lead/index.ts';
import { eachMajor } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly 'Plan Rows'?: number;
  readonly 'Parent Relationship'?: string;
  readonly Plans?: readonly Plan[];
}

const stations = 50;
const idOf = (kind: string, number: number) => `${kind.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
const context = { userId: idOf('b', 7), stationId: idOf('a', 7) };
/** A station with more than half of all rows. */
const busy = { userId: idOf('b', stations + 1), stationId: idOf('a', stations + 1) };

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
const page = (db: Pick<NodePgDatabase, 'select'>, where?: SQL) =>
  db
    .select()
    .from(Booking)
    .innerJoin(Customer, eq(Customer.id, Booking.customerId))
    .where(where)
    .orderBy(desc(Booking.eventDate))
    .limit(50);

eachMajor((major) => {
  let database: StationDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    const id = (kind: string, number: string) =>
      `('${idOf(kind, 0).slice(0, 24)}' || lpad((${number})::text, 12, '0'))::uuid`;
    // Without checks of foreign keys and triggers: every row is whole, and there are many.
    await database.exec(`SET session_replication_role = replica;
      INSERT INTO identity.stations (id, name, code, display_name) SELECT ${id('a', 'n')}, n, 'PLAN-' || n, n FROM generate_series(1, ${stations}) AS n;
      INSERT INTO identity.users (id, email, status) SELECT ${id('b', 'n')}, n || '@plan.example.com', 'active' FROM generate_series(1, ${stations}) AS n;
      INSERT INTO identity.station_users (user_id, station_id, role)
      SELECT ${id('b', 'n')}, ${id('a', 'n')}, 'station_admin' FROM generate_series(1, ${stations}) AS n;
      INSERT INTO customers (id, station_id, first_name, last_name, email, phone)
      SELECT ${id('c', 'n')}, ${id('a', `n % ${stations} + 1`)}, n, n, n, n FROM generate_series(1, 5000) AS n;
      INSERT INTO bookings (customer_id, station_id, event_date, event_start_time, guest_count, location_address, location_city,
        location_state, location_zip, total_amount, deposit_amount, remaining_amount)
      SELECT ${id('c', 'n % 5000 + 1')}, ${id('a', `(n % 5000 + 1) % ${stations} + 1`)}, now() + n * interval '1 minute', '18:00', 1, 'a', 'c', 's', 'z', 1, 1, 1
      FROM generate_series(1, 20000) AS n;

      INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${busy.stationId}', 'busy', 'PLAN-BUSY', 'busy');
      INSERT INTO identity.users (id, email, status) VALUES ('${busy.userId}', 'busy@plan.example.com', 'active');
      INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${busy.userId}', '${busy.stationId}', 'station_admin');
      INSERT INTO customers (id, station_id, first_name, last_name, email, phone)
      SELECT ${id('c', 'n')}, '${busy.stationId}', n, n, n, n FROM generate_series(5001, 11000) AS n;
      INSERT INTO bookings (customer_id, station_id, event_date, event_start_time, guest_count, location_address, location_city,
        location_state, location_zip, total_amount, deposit_amount, remaining_amount)
      SELECT ${id('c', '5001 + n % 6000')}, '${busy.stationId}', now() - n * interval '1 minute', '18:00', 1, 'a', 'c', 's', 'z', 1, 1, 1
      FROM generate_series(1, 30000) AS n;
      INSERT INTO leads (station_id, source) SELECT station_id, 'web_quote' FROM bookings;
      INSERT INTO leads (customer_id, source) SELECT ${id('c', 'n')}, 'web_quote' FROM generate_series(1, 100) AS n;
      INSERT INTO customer_message_threads (station_id, customer_id) SELECT station_id, id FROM customers;
      INSERT INTO customer_messages (thread_id, sender_type, content) SELECT id, 'customer', 'c' FROM customer_message_threads;
      RESET session_replication_role`);
    await database.exec('VACUUM ANALYZE');
  });
  afterAll(() => database.close());

  const explained = async (db: Pick<NodePgDatabase, 'execute'>, query: { getSQL(): unknown }) => {
    const answer = (await db.execute(sql`EXPLAIN (FORMAT JSON) ${query as never}`)) as unknown as {
      rows: { 'QUERY PLAN': { Plan: Plan }[] }[];
    };
    return nodesOf(answer.rows[0]?.['QUERY PLAN'][0]?.Plan as Plan);
  };

  test.each([
    ['an average', context],
    ['a busy', busy],
  ])('a page of %s station is planned like a handwritten query, and the station is computed once', async (_, at) => {
    const { owner } = database;
    const service = drizzle({ client: database.service({ max: 1 }) });
    const byHand = await explained(
      owner,
      page(owner, and(eq(Booking.stationId, at.stationId), eq(Customer.stationId, at.stationId))),
    );
    const guarded = await withStation(service, at, (tx) => explained(tx, page(tx)));
    const shape = (nodes: readonly Plan[]) =>
      nodes
        .filter((node) => node['Parent Relationship'] !== 'InitPlan')
        .map((node) => `${node['Node Type']} ${node['Relation Name'] ?? node['Index Name'] ?? ''}`);
    expect(shape(guarded)).toEqual(shape(byHand));
    const onStation = guarded.filter((node) => node['Index Cond']?.includes('station_id'));
    expect(onStation.length > 0).toBe(at === context);
    for (const node of guarded) {
      expect(node['Filter'] ?? '').not.toContain('permitted_station');
      if (node['Parent Relationship'] !== 'InitPlan') expect(node['Parent Relationship']).not.toBe('SubPlan');
    }
    expect(guarded.filter((node) => node['Parent Relationship'] === 'InitPlan')).toHaveLength(2);
  });

  test('PostgreSQL expects as many rows as the station has, of a table with a station and of one whose parent has it', async () => {
    const service = drizzle({ client: database.service({ max: 1 }) });
    for (const [at, bookings, threads] of [
      [context, 400, 100],
      [busy, 30_000, 6_000],
    ] as const) {
      const { ofBookings, ofMessages } = await withStation(service, at, async (tx) => ({
        ofBookings: await explained(tx, tx.select().from(Booking)),
        ofMessages: await explained(tx, tx.select().from(Message)),
      }));
      const expected = ofBookings.find((node) => node['Relation Name'] === 'bookings')?.['Plan Rows'] ?? 0;
      expect(expected / bookings).toBeGreaterThan(0.5);
      expect(expected / bookings).toBeLessThan(2);
      const [parents] = ofMessages
        .filter((node) => node['Relation Name'] === 'customer_message_threads')
        .map((node) => node['Plan Rows'] ?? 0)
        .sort((one, other) => other - one);
      expect((parents ?? 0) / threads).toBeGreaterThan(0.5);
      expect((parents ?? 0) / threads).toBeLessThan(2);
    }
  });

  test('of a table with a station, else that of its parent, both are looked up, and no row is compared with the setting again', async () => {
    const service = drizzle({ client: database.service({ max: 1 }) });
    for (const [at, leads] of [
      [context, 400],
      [busy, 30_000],
    ] as const) {
      const nodes = await withStation(service, at, (tx) => explained(tx, tx.select().from(Lead)));
      const ofLeads = nodes.find((node) => node['Relation Name'] === 'leads');
      expect((ofLeads?.['Plan Rows'] ?? 0) / leads).toBeGreaterThan(0.5);
      expect((ofLeads?.['Plan Rows'] ?? 0) / leads).toBeLessThan(2);
      if (at === busy) continue; // More than half of the table is read in its own order, where each row has to be compared.
      const ofIndex = nodes.filter((node) => node['Index Name'] === 'ix_leads_station_id');
      expect(ofIndex.map((node) => node['Index Cond'])).toEqual([
        expect.stringContaining('current_setting'),
        expect.stringContaining('station_id IS NULL'),
      ]);
      expect(ofLeads?.Filter).not.toContain('current_setting');
    }
  });

  test('the functions of the policies run once per statement, however many rows there are', async () => {
    await database.exec(`ALTER DATABASE ${database.name} SET track_functions = 'all'`);
    const service = drizzle({ client: database.service({ max: 1 }) });
    const calls = async () =>
      Number(
        (
          await database.query(
            `SELECT coalesce(sum(calls), 0)::int AS calls FROM pg_stat_user_functions WHERE funcname = 'permitted_station'`,
          )
        ).rows[0]?.['calls'],
      );
    const before = await calls();
    await withStation(service, context, async (tx) => {
      expect((await tx.select({ id: Booking.id }).from(Booking)).length).toBe(400);
      await tx.select({ id: Message.id }).from(Message);
      await tx.execute(sql`SELECT pg_stat_force_next_flush()`);
    });
    await service.execute(sql`SELECT 1`);
    await expect.poll(calls, { timeout: 10_000 }).toBeGreaterThan(before);
    expect((await calls()) - before).toBeLessThanOrEqual(4);
  });
});
