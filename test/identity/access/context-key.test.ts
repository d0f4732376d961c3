import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { eachOfOldestMajors } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

const station = 'aaaaaaaa-0000-4000-8000-00000000002a';
const user = 'bbbbbbbb-0000-4000-8000-000000000021';
const context = { userId: user, stationId: station };
const world = `
  INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${station}', 'K', 'KEY', 'K');
  INSERT INTO identity.users (id, email, status) VALUES ('${user}', 'key@example.com', 'active');
  INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${user}', '${station}', 'admin');
  INSERT INTO customers (station_id, first_name, last_name, email, phone)
  SELECT '${station}', 'f', 'l', 'e', '1' FROM generate_series(1, 7)`;

/** A key from the database, which its owner can read. */
interface Key {
  readonly valid_from: Date;
  readonly inner_pad: Buffer;
}

eachOfOldestMajors((major) => {
  let database: StationDatabase;
  let db: PostgresDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(world);
    db = drizzle({ client: database.service({ max: 6 }) });
  });
  afterAll(() => database.close());

  const keys = async () =>
    (
      await database.query(
        `SELECT nullif(valid_from, '-infinity') AS valid_from, inner_pad FROM drizzle.canonical_models_context_key ORDER BY canonical_models_context_key.valid_from`,
      )
    ).rows as unknown as Key[];
  const count = async (tx: PostgresDatabase) =>
    ((await tx.execute(sql`SELECT count(*)::int AS rows FROM customers`)) as unknown as { rows: { rows: number }[] })
      .rows[0]?.rows;

  /** How many customers somebody with a key reaches in a transaction of the service's role, by settings that they signed themselves. */
  async function reachedWith({ inner_pad }: Key): Promise<number> {
    const key = inner_pad.map((byte) => byte ^ 0x36);
    const client = new pg.Client(database.serviceUrl);
    await client.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query(
        `SELECT jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), '${user}', '${station}', '')::text AS message`,
      );
      const signature = createHmac('sha256', key).update(rows[0].message).digest('hex');
      await client.query(`SELECT set_config('canonical_models.user_id', '${user}', true), set_config('canonical_models.station_id', '${station}', true),
        set_config('canonical_models.token_id', '', true), set_config('canonical_models.signature', '${signature}', true),
        set_config('role', 'station_service', true)`);
      return Number((await client.query('SELECT count(*) AS rows FROM customers')).rows[0].rows);
    } finally {
      await client.end();
    }
  }

  test('a new key under load ends no context, and makes the old one worthless', async () => {
    const [first] = await keys();
    if (!first) throw new Error('no key');
    expect(await reachedWith(first)).toBe(7);

    let isDone = false;
    const seen = { contexts: 0, across: 0, wrong: [] as unknown[] };
    let validFrom = Number.POSITIVE_INFINITY;
    const callers = Array.from({ length: 6 }, async (_, caller) => {
      while (!isDone) {
        const began = Date.now();
        await withStation(db, context, async (tx) => {
          for (let statement = 0; statement < 6; statement++) {
            const rows = await count(tx);
            if (rows !== 7) seen.wrong.push(rows);
            await sleep(caller * 8);
          }
          // A second entry proves itself by what the key of the transaction made.
          const nested = await withStation(tx, context, count);
          if (nested !== 7) seen.wrong.push(nested);
        });
        seen.contexts++;
        if (began < validFrom && Date.now() > validFrom) seen.across++;
      }
    });
    await sleep(200);
    const { rows } = await database.query(
      `SELECT valid_from BETWEEN clock_timestamp() + interval '50 s' AND clock_timestamp() + interval '1 min' AS in_a_minute
      FROM identity.replace_context_key() AS valid_from`,
    );
    expect(rows).toEqual([{ in_a_minute: true }]);
    expect(await reachedWith(first)).toBe(7);
    // The test does not wait for the minute.
    const [moved] = (
      await database.query(
        `UPDATE drizzle.canonical_models_context_key SET valid_from = clock_timestamp() + interval '0.5 s' WHERE valid_from > clock_timestamp() RETURNING valid_from`,
      )
    ).rows as unknown as Key[];
    validFrom = (moved as Key).valid_from.getTime();
    await sleep(1200);
    isDone = true;
    await Promise.all(callers);

    expect(seen.wrong).toEqual([]);
    expect(seen.across).toBeGreaterThan(0);
    const [, second] = await keys();
    expect(await reachedWith(first)).toBe(0);
    expect(await reachedWith(second as Key)).toBe(7);
  });
});
