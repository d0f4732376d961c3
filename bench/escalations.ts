import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { PostgresDatabase } from '../src/database.ts';
import type * as eventReviews from '../src/feedback_marketing/event-reviews/index.ts';
import type * as access from '../src/identity/access/index.ts';
import { queryOf } from '../src/tools/database/query.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { applyMigrations } from '../test/support/migrate.ts';
import { asSuperuser, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { type Figure, measurement } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const majors: readonly Major[] = [15, 18];
const rounds = 31;
const pagesARound = 10;
const pageSize = 20;
const stations = 10;
const index = 'idx_review_escalations_open';

/** The databases: so many open escalations of reviews of events, a tenth of that on other sites, and as many resolved ones. */
const worlds = [
  { name: 'escalations_1000', open: 1_000 },
  { name: 'escalations_100000', open: 100_000 },
] as const;
type World = (typeof worlds)[number];

/** What is loaded from the build: both use the same chunk, which knows the handle of a context. */
interface Built {
  readonly access: typeof access;
  readonly reviews: typeof eventReviews;
}

/**
 * The newest page of a station's open escalations, as a service in the restricted group reads it in `withStation`: `listOpenReviewEscalations`
 * compared with the same statement written by hand, in the same transaction, and with the database that has a hundredth of the
 * escalations. For information: beside the owner's statement that names the station itself.
 */
export async function benchEscalations(): Promise<Figure[]> {
  packPackage();
  const built: Built = {
    access: await import(join(packageRoot, 'dist/identity/access/index.js')),
    reviews: await import(join(packageRoot, 'dist/feedback_marketing/event-reviews/index.js')),
  };
  const figures: Figure[] = [];
  for (const major of majors) {
    const server = await startServer({ major, settings: { shared_buffers: '512MB', max_wal_size: '4GB' } });
    try {
      figures.push(...(await measure(built, server)));
    } finally {
      await server.remove();
    }
  }
  return figures;
}

async function measure({ access, reviews }: Built, server: Server): Promise<Figure[]> {
  for (const world of worlds) await fill(server, world);
  const samples = new Map<string, number[]>();
  const connected = worlds.map((world) => ({ world, ...connect(server, world) }));
  try {
    for (const { owner, service } of connected) {
      await service((db) => access.withStation(db, at, (tx) => assertPlan(tx)));
      const byHand = await service((db) => access.withStation(db, at, (tx) => pageByHand(tx)));
      const ours = await service((db) => access.withStation(db, at, (tx) => pageOfOurs(reviews, tx)));
      const byOwner = await owner((db) => pageByHand(db, true));
      if (ours.length !== pageSize || String(ours) !== String(byHand) || String(ours) !== String(byOwner)) {
        throw new Error(
          `listOpenReviewEscalations: found another page than by hand; expected the same ${pageSize} rows.`,
        );
      }
    }
    for (let round = -2; round < rounds; round++) {
      for (const { world, owner, service } of round % 2 === 0 ? connected : connected.toReversed()) {
        const note = (way: string, took: number) => {
          if (round < 0) return;
          const name = `${world.name} ${way}`;
          samples.set(name, [...(samples.get(name) ?? []), took]);
        };
        await service((db) =>
          access.withStation(db, at, async (tx) => {
            note('by hand', await timeOf(() => pageByHand(tx)));
            note('ours', await timeOf(() => pageOfOurs(reviews, tx)));
          }),
        );
        note('owner', await owner((db) => db.transaction((tx) => timeOf(() => pageByHand(tx, true)))));
      }
    }
  } finally {
    await Promise.all(connected.map(({ close }) => close()));
  }
  const taken = (name: string) => measurement(samples.get(name) ?? []);
  const [few, many] = worlds.map(({ name }) => name);
  const name = `PostgreSQL ${server.major}, a page of a station's open escalations, of 100,000`;
  const figure = (peer: string, value: string, limit?: number): Figure => ({
    name,
    unit: 'ms',
    ours: taken(`${many} ours`),
    peer: { name: peer, value: taken(value) },
    ...(limit !== undefined && { limit }),
  });
  return [
    figure('the same statement by hand', `${many} by hand`, 1.3),
    figure('of 1,000', `${few} ours`, 1.3),
    figure('as owner, WHERE station_id', `${many} owner`),
  ];
}

/** The ids of the page. */
async function pageOfOurs(reviews: typeof eventReviews, tx: PostgresDatabase): Promise<string[]> {
  const { items } = await reviews.listOpenReviewEscalations(tx, { limit: pageSize });
  return items.map(({ escalationId }) => escalationId);
}

const ofEvents = (whose: string, join = '') => `
  (SELECT escalation.id, 'event' AS source, escalation.review_id, escalation.priority, escalation.reason, escalation.assigned_to_id,
    escalation.is_resolved, escalation.resolved_at, escalation.resolved_by_id, escalation.resolution_notes,
    escalation.created_at AS opened_at, review.rating AS stars, review.review_text AS text, review.customer_id, review.booking_id
  FROM review_escalations AS escalation JOIN event_customer_reviews AS review ON review.id = escalation.review_id ${join}
  WHERE NOT escalation.is_resolved AND ${whose} ORDER BY escalation.created_at DESC, escalation.id DESC LIMIT ${pageSize + 1})`;

/** Of the station: in a context with the rows that may be of it by what they refer to, as the owner with a join that tells them. */
const handwritten = (asOwner: boolean) => `
  ${ofEvents(`escalation.station_id = '${station}'`)}
  UNION ALL ${
    asOwner
      ? ofEvents(
          `escalation.station_id IS NULL AND booking.station_id = '${station}'`,
          'JOIN bookings AS booking ON booking.id = review.booking_id',
        )
      : ofEvents('escalation.station_id IS NULL')
  }
  UNION ALL
  (SELECT id, source, id, escalation_priority, escalation_reason, assigned_to_id, resolved_at IS NOT NULL, resolved_at, resolved_by_id,
    resolution_notes, escalated_at, stars, comment_original, customer_id, NULL
  FROM external_reviews WHERE escalated_at IS NOT NULL AND resolved_at IS NULL AND station_id = '${station}'
  ORDER BY escalated_at DESC, id DESC LIMIT ${pageSize + 1})
  ORDER BY opened_at DESC, id DESC LIMIT ${pageSize + 1}`;

async function pageByHand(db: PostgresDatabase, asOwner = false): Promise<string[]> {
  const { rows } = (await db.execute(sql.raw(handwritten(asOwner)))) as unknown as { rows: { id: string }[] };
  return rows.slice(0, pageSize).map(({ id }) => id);
}

/** @throws if the page is not read in the order of the index. */
async function assertPlan(tx: PostgresDatabase): Promise<void> {
  const { rows } = (await tx.execute(sql.raw(`EXPLAIN ${handwritten(false)}`))) as unknown as {
    rows: { 'QUERY PLAN': string }[];
  };
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  if (!plan.includes(index))
    throw new Error(`a page of escalations: found no scan of ${index}; expected one.\n${plan}`);
}

/** How long one page takes, in milliseconds: the average of a round. */
async function timeOf(ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let page = 0; page < pagesARound; page++) await ask();
  return (performance.now() - began) / pagesARound;
}

function connect(server: Server, { name }: World) {
  const url = new URL(superuserUrl(server, name));
  const owner = new pg.Pool({ connectionString: url.href, max: 1 });
  url.username = 'bench_service';
  url.password = 'bench';
  const service = new pg.Pool({ connectionString: url.href, max: 1 });
  const through =
    (pool: pg.Pool) =>
    <Result>(run: (db: NodePgDatabase) => Promise<Result>) =>
      run(drizzle({ client: pool }));
  return {
    owner: through(owner),
    service: through(service),
    close: async () => void (await Promise.all([owner.end(), service.end()])),
  };
}

const idOf = (kind: string, number: number) => `${kind}0000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const idSql = (kind: string, number: string) =>
  `('${idOf(kind, 0).slice(0, 24)}' || lpad((${number})::text, 12, '0'))::uuid`;
const station = idOf('5a7a', 3);
const at = { userId: idOf('05e7', 1), stationId: station };

async function fill(server: Server, { name, open }: World): Promise<void> {
  await asSuperuser(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  const stationOf = idSql('5a7a', `n % ${stations}`);
  const moment = `timestamptz '2026-01-01' + hashint4(n) / 100 * interval '1 second'`;
  await asSuperuser(
    server,
    async (client) => {
      await applyMigrations(queryOf(client), readMigrations());
      await client.query(`
        INSERT INTO identity.stations (id, name, code, display_name)
        SELECT ${stationOf}, n, n, n FROM generate_series(0, ${stations - 1}) AS n;
        INSERT INTO identity.users (id, email, status) VALUES ('${at.userId}', 'u@example.com', 'active');
        INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${at.userId}', '${station}', 'customer_support');
        SET session_replication_role = replica;
        INSERT INTO customers (id, station_id, first_name, last_name, email, phone)
        SELECT ${idSql('c057', 'n')}, ${stationOf}, 'f', 'l', n || '@example.com', '1' FROM generate_series(1, ${open}) AS n;
        INSERT INTO bookings (id, customer_id, station_id, event_date, event_start_time, guest_count, location_address, location_city,
          location_state, location_zip, total_amount, deposit_amount, remaining_amount, status)
        SELECT ${idSql('b004', 'n')}, ${idSql('c057', 'n')}, ${stationOf}, ${moment}, '18:00', 12, 'a', 'c', 's', 'z', 1, 1, 1, 'completed'
        FROM generate_series(1, ${open}) AS n;
        INSERT INTO event_customer_reviews (id, booking_id, customer_id, rating, review_text, created_at)
        SELECT ${idSql('4e71', 'n')}, ${idSql('b004', 'n')}, ${idSql('c057', 'n')}, 1 + n % 3, repeat('The rice was cold. ', 10), ${moment}
        FROM generate_series(1, ${open}) AS n;
        INSERT INTO review_escalations (review_id, station_id, reason, priority, is_resolved, created_at)
        SELECT ${idSql('4e71', 'n')}, ${stationOf}, repeat('The rice was cold. ', 10), 'low', is_resolved, ${moment}
        FROM generate_series(1, ${open}) AS n, unnest(ARRAY[true, false]) AS is_resolved;
        INSERT INTO external_reviews (source, location, external_id, station_id, stars, comment_original, escalated_at, escalation_priority)
        SELECT 'google', 'l', n, ${stationOf}, 2, repeat('The rice was cold. ', 10), ${moment}, 'low'
        FROM generate_series(1, ${open / 10}) AS n;
        RESET session_replication_role`);
      await client.query('VACUUM ANALYZE');
      await client.query(
        `DO $$ BEGIN IF to_regrole('bench_service') IS NULL THEN CREATE ROLE bench_service LOGIN PASSWORD 'bench' IN ROLE station_service; END IF; END $$`,
      );
    },
    name,
  );
}
