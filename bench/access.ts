import { join } from 'node:path';
import { and, asc, desc, eq, type SQL } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { Booking, Customer } from '../src/core/index.ts';
import type * as access from '../src/identity/access/index.ts';
import { Lead } from '../src/lead/index.ts';
import { queryOf } from '../src/tools/database/query.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { applyMigrations } from '../test/support/migrate.ts';
import { asSuperuser, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { statementsSent } from '../test/support/statements-sent.ts';
import { constant, type Figure, measurement } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const majors: readonly Major[] = [15, 18];
const rounds = 41;
const millisecondsARound = 100;
const pageSize = 50;

const bookings = 1_000_000;
const customers = 200_000;

/** The databases, each with a million bookings, the same number at each station. */
const worlds = [
  { name: 'stations_500', stations: 500 },
  { name: 'stations_50', stations: 50 },
  { name: 'stations_5000', stations: 5_000 },
] as const;
type World = (typeof worlds)[number];

/** The world that has one station more, with many bookings of its own: PostgreSQL has to plan for it differently. */
const skewed = 'stations_500';
const busy = { station: 501, customers: 40_000, bookings: 200_000 };

/** One way to query, with the time that it takes, in milliseconds. */
interface Way {
  readonly ask: () => Promise<unknown>;
  readonly samples: number[];
}

/**
 * The cost of letting the database keep services to their station: a page of the station's newest bookings with their customers,
 * through `withStation` as a service in the restricted group, compared with the same query with `WHERE station_id = …` by the owner of the
 * tables: on the bookings, as one would write it, and on both tables, which has the same plan as the guarded query.
 */
export async function benchAccess(): Promise<Figure[]> {
  packPackage();
  const built: typeof access = await import(join(packageRoot, 'dist/identity/access/index.js'));
  const figures: Figure[] = [];
  for (const major of majors) {
    const server = await startServer({
      major,
      settings: { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '1d' },
    });
    try {
      figures.push(...(await measure(built, server)));
    } finally {
      await server.remove();
    }
  }
  return figures;
}

async function measure(built: typeof access, server: Server): Promise<Figure[]> {
  for (const world of worlds) await fill(server, world);
  const connections = await Promise.all(worlds.map((world) => connect(server, world)));
  try {
    const ways = new Map<string, Way>();
    /** Those that are compared with each other take turns call by call, so that what disturbs the machine disturbs both. */
    const compared: (readonly Way[])[] = [];
    for (const { world, owner, service } of connections) {
      const context = { userId: idOf('user', 7), stationId: idOf('station', 7) };
      const add = (asked: Readonly<Record<string, () => Promise<unknown>>>) => {
        const added = Object.entries(asked).map(([name, ask]): [string, Way] => [
          `${world.name} ${name}`,
          { ask, samples: [] },
        ]);
        for (const [name, way] of added) ways.set(name, way);
        compared.push(added.map(([, way]) => way));
      };
      const byHand = (where: SQL | undefined) => owner.transaction((tx) => page(tx, where));
      const ofBothTables = (stationId: string) =>
        and(eq(Booking.stationId, stationId), eq(Customer.stationId, stationId));
      if (world.name === skewed) {
        const at = { userId: idOf('user', busy.station), stationId: idOf('station', busy.station) };
        add({
          'busy, guarded': () => built.withStation(service, at, (tx) => page(tx)),
          'busy, by hand': () => byHand(ofBothTables(at.stationId)),
        });
        add({
          'busy, leads, guarded': () => built.withStation(service, at, (tx) => leadsToFollowUp(tx)),
          'busy, leads, by hand': () =>
            owner.transaction((tx) => leadsToFollowUp(tx, eq(Lead.stationId, at.stationId))),
        });
      }
      add({
        guarded: () => built.withStation(service, context, (tx) => page(tx)),
        'by hand, both tables': () => byHand(ofBothTables(context.stationId)),
      });
      add({ 'by hand': () => byHand(eq(Booking.stationId, context.stationId)) });
      add({
        'nothing, guarded': () => built.withStation(service, context, async () => undefined),
        'nothing, by hand': () => owner.transaction(async () => undefined),
      });
    }
    for (const [name, { ask }] of ways) {
      const rows = await ask();
      if (!name.includes('nothing') && (rows as unknown[]).length !== pageSize) {
        throw new Error(`${name}: found ${(rows as unknown[]).length} rows; expected ${pageSize}.`);
      }
    }
    for (let round = -2; round < rounds; round++) {
      for (const group of round % 2 === 0 ? compared : [...compared].reverse()) {
        const took = await timesOf(group);
        if (round >= 0) for (const [index, way] of group.entries()) way.samples.push(took[index] as number);
      }
    }
    const taken = (name: string) => measurement(ways.get(name)?.samples ?? []);
    const beside = (name: string, ours: string, peerName: string, peer: string, limit?: number): Figure => ({
      name: `PostgreSQL ${server.major}, ${name}`,
      unit: 'ms',
      ours: taken(ours),
      peer: { name: peerName, value: taken(peer) },
      ...(limit !== undefined && { limit }),
    });
    // 1.25 times, or a millisecond above it: the check of the context costs the same, however fast the page is.
    const aMillisecondAbove = (peer: string) => Math.max(1.25, Math.floor(100 + 100 / taken(peer).median) / 100);
    const statements = await statementsOf(connections[0] as Connected, built);
    return [
      beside(
        'withStation: a page of a station, 1 million bookings',
        'stations_500 guarded',
        'as owner, WHERE station_id',
        'stations_500 by hand',
        aMillisecondAbove('stations_500 by hand'),
      ),
      beside(
        'withStation: the same page',
        'stations_500 guarded',
        'as owner, WHERE station_id of both tables',
        'stations_500 by hand, both tables',
        aMillisecondAbove('stations_500 by hand, both tables'),
      ),
      beside(
        'withStation: a page of a station with a sixth of all bookings',
        `${skewed} busy, guarded`,
        'as owner, WHERE station_id of both tables',
        `${skewed} busy, by hand`,
        aMillisecondAbove(`${skewed} busy, by hand`),
      ),
      beside(
        'withStation: its page of leads, which have a station or that of their customer',
        `${skewed} busy, leads, guarded`,
        'as owner, WHERE station_id',
        `${skewed} busy, leads, by hand`,
        aMillisecondAbove(`${skewed} busy, leads, by hand`),
      ),
      beside(
        'withStation: a page of one of 5,000 stations',
        'stations_5000 guarded',
        'of one of 50',
        'stations_50 guarded',
        1.2,
      ),
      beside(
        'withStation: an empty callback',
        'stations_500 nothing, guarded',
        'an empty transaction',
        'stations_500 nothing, by hand',
      ),
      {
        name: `PostgreSQL ${server.major}, withStation: statements beside the callback's`,
        unit: 'statements',
        ours: constant(statements.guarded),
        peer: { name: 'a bare transaction and two more', value: constant(statements.bare + 2) },
        limit: 1,
      },
    ];
  } finally {
    for (const { close } of connections) await close();
  }
}

function page(db: Pick<NodePgDatabase, 'select'>, where?: SQL) {
  return db
    .select()
    .from(Booking)
    .innerJoin(Customer, eq(Customer.id, Booking.customerId))
    .where(where)
    .orderBy(desc(Booking.eventDate))
    .limit(pageSize);
}

function leadsToFollowUp(db: Pick<NodePgDatabase, 'select'>, where?: SQL) {
  return db.select().from(Lead).where(where).orderBy(asc(Lead.followUpDate)).limit(pageSize);
}

/** How long one call of each takes, in milliseconds: the average over as many as fit into a round. */
async function timesOf(ways: readonly Way[]): Promise<number[]> {
  const took = ways.map(() => 0);
  const began = performance.now();
  let calls = 0;
  do {
    for (const [index, { ask }] of ways.entries()) {
      const before = performance.now();
      await ask();
      took[index] = (took[index] as number) + performance.now() - before;
    }
    calls++;
  } while (performance.now() - began < millisecondsARound * ways.length);
  return took.map((each) => each / calls);
}

interface Connected {
  readonly world: World;
  readonly owner: NodePgDatabase;
  readonly service: NodePgDatabase;
  readonly close: () => Promise<void>;
}

async function connect(server: Server, world: World): Promise<Connected> {
  const url = new URL(superuserUrl(server, world.name));
  const owner = new pg.Pool({ connectionString: url.href, max: 1 });
  url.username = 'bench_service';
  url.password = 'bench';
  const service = new pg.Pool({ connectionString: url.href, max: 1 });
  return {
    world,
    owner: drizzle({ client: owner }),
    service: drizzle({ client: service }),
    close: async () => void (await Promise.all([owner.end(), service.end()])),
  };
}

/** How many statements go to the server in addition to those of the callback. */
async function statementsOf(
  { owner, service }: Connected,
  built: typeof access,
): Promise<Record<'guarded' | 'bare', number>> {
  const context = { userId: idOf('user', 7), stationId: idOf('station', 7) };
  const count = async (run: () => Promise<unknown>) => {
    const sent = statementsSent();
    await run();
    return sent().statements.length;
  };
  return {
    guarded: await count(() => built.withStation(service, context, async () => undefined)),
    bare: await count(() => owner.transaction(async () => undefined)),
  };
}

/** The UUID that the database derives from a kind and a number. */
const idOf = (kind: string, number: number) => {
  const digits = `${[...kind].map((letter) => letter.charCodeAt(0).toString(16)).join('')}`.slice(0, 8).padEnd(8, '0');
  return `${digits}-0000-4000-8000-${String(number).padStart(12, '0')}`;
};
const idSql = (kind: string, number: string) =>
  `(left('${idOf(kind, 0)}', 24) || lpad((${number})::text, 12, '0'))::uuid`;

async function fill(server: Server, { name, stations }: World): Promise<void> {
  await asSuperuser(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  await asSuperuser(
    server,
    async (client) => {
      await applyMigrations(queryOf(client), readMigrations());
      // A customer books at one station, so that a page shows the station's own customers.
      const stationOf = (customer: string) => `${customer} % ${stations} + 1`;
      await client.query(`
        INSERT INTO identity.stations (id, name, code, display_name)
        SELECT ${idSql('station', 'n')}, n, n, n FROM generate_series(1, ${stations}) AS n;
        INSERT INTO identity.users (id, email, status)
        SELECT ${idSql('user', 'n')}, n || '@example.com', 'active' FROM generate_series(1, ${stations}) AS n;
        INSERT INTO identity.station_users (user_id, station_id, role)
        SELECT ${idSql('user', 'n')}, ${idSql('station', 'n')}, 'station_admin' FROM generate_series(1, ${stations}) AS n;
        INSERT INTO customers (id, station_id, first_name, last_name, email, phone)
        SELECT ${idSql('customer', 'n')}, ${idSql('station', stationOf('n'))}, 'first ' || n, 'last ' || n, n || '@example.com', '555-' || n
        FROM generate_series(0, ${customers} - 1) AS n;
        SET session_replication_role = replica;
        INSERT INTO bookings (customer_id, station_id, event_date, event_start_time, guest_count, location_address, location_city,
          location_state, location_zip, total_amount, deposit_amount, remaining_amount)
        SELECT ${idSql('customer', `n % ${customers}`)}, ${idSql('station', stationOf(`(n % ${customers})`))},
          timestamptz '2026-01-01' + hashint4(n) / 100 * interval '1 second', '18:00', 12, 'Main Street ' || n, 'Springfield', 'IL', '62701',
          120000, 30000, 90000
        FROM generate_series(1, ${bookings}) AS n;
        RESET session_replication_role`);
      if (name === skewed) await fillBusy(client);
      await client.query('VACUUM ANALYZE');
      await client.query(
        `DO $$ BEGIN IF to_regrole('bench_service') IS NULL THEN CREATE ROLE bench_service LOGIN PASSWORD 'bench' IN ROLE station_service; END IF; END $$`,
      );
    },
    name,
  );
}

/** Adds the station with many bookings. */
async function fillBusy(client: pg.Client): Promise<void> {
  const [station, user] = [idOf('station', busy.station), idOf('user', busy.station)];
  const first = customers;
  await client.query(`
    INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${station}', 'busy', 'busy', 'busy');
    INSERT INTO identity.users (id, email, status) VALUES ('${user}', 'busy@example.com', 'active');
    INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${user}', '${station}', 'station_admin');
    INSERT INTO customers (id, station_id, first_name, last_name, email, phone)
    SELECT ${idSql('customer', 'n')}, '${station}', 'first ' || n, 'last ' || n, n || '@example.com', '555-' || n
    FROM generate_series(${first}, ${first + busy.customers - 1}) AS n;
    SET session_replication_role = replica;
    INSERT INTO bookings (customer_id, station_id, event_date, event_start_time, guest_count, location_address, location_city,
      location_state, location_zip, total_amount, deposit_amount, remaining_amount)
    SELECT ${idSql('customer', `${first} + n % ${busy.customers}`)}, '${station}',
      timestamptz '2026-01-01' + hashint4(n) / 100 * interval '1 second', '18:00', 12, 'Main Street ' || n, 'Springfield', 'IL', '62701',
      120000, 30000, 90000
    FROM generate_series(1, ${busy.bookings}) AS n;
    INSERT INTO leads (station_id, customer_id, source, follow_up_date)
    SELECT station_id, id, 'web_quote', timestamptz '2026-01-01' + hashint4(row_number() OVER ()::int) / 100 * interval '1 second'
    FROM customers;
    RESET session_replication_role`);
}
