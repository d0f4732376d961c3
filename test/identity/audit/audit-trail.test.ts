import { createHash, randomUUID } from 'node:crypto';
import { getColumns, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import {
  type AuditTrailAnchor,
  type AuditTrailReport,
  recordAuditEvent,
  recordDenial,
  verifyAuditTrail,
} from '../../../src/identity/audit/index.ts';
import { StationAuditLog } from '../../../src/identity/index.ts';
import { eachEngine, eachOfFewMajors, type ServerDatabase } from '../../support/databases.ts';
import { newStation, newUser } from '../../support/identity.ts';
import { openPool } from '../../support/servers.ts';
import { type CanonicalDatabase, openCanonicalDatabase } from '../../zod/tables.ts';

const kindsOf = ({ problems }: AuditTrailReport) => [...new Set(problems.map(({ kind }) => kind))].sort();

eachEngine((engine) => {
  let database: CanonicalDatabase;
  beforeAll(async () => {
    database = await openCanonicalDatabase(engine);
  });
  afterAll(() => database.close());

  test('a seal is the SHA-256 of every column, in the same form on every version and with every setting', async () => {
    const { drizzle: db, query } = database;
    const [stationId, userId] = [await newStation(db), await newUser(db)];
    await db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL timezone = 'Asia/Tokyo'`);
      await tx.execute(sql`SET LOCAL datestyle = 'German'`);
      await tx.insert(StationAuditLog).values({
        id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
        stationId,
        userId,
        action: 'booking.update',
        permissionsUsed: ['b', 'a'],
        ipAddress: '2001:db8::1',
        details: { z: 1.5, a: ['é', null, { deep: true }], 'a"b': '\\' },
        success: true,
        createdAt: new Date('2026-01-02T03:04:05.678Z'),
      });
    });
    const { rows } = await query(
      `SELECT chain_id, number::int, sealed_at AT TIME ZONE 'UTC' AS at, encode(hash, 'hex') AS hash,
        to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS sealed
      FROM identity.station_audit_seals WHERE log_id = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'`,
    );
    const [seal] = rows;
    // JSON writes no zeros at the end of the fraction of a second.
    const sealed = String(seal?.['sealed']).replace(/\.?0+$/, '');
    const row = `["6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "${stationId}", "${userId}", null, "booking.update", null, null, null, "[\\"b\\", \\"a\\"]", "2001:db8::1", null, "{\\"a\\": [\\"é\\", null, {\\"deep\\": true}], \\"z\\": 1.5, \\"a\\\\\\"b\\": \\"\\\\\\\\\\"}", true, null, "2026-01-02T03:04:05.678"]`;
    const text = `["${seal?.['chain_id']}", 1, null, null, null, null, 1, "${sealed}", ${row}]`;
    expect(seal?.['hash']).toBe(createHash('sha256').update(text).digest('hex'));
    expect(await verifyAuditTrail(db, stationId)).toMatchObject({ intact: true, sealed: 1, unsealed: 0, problems: [] });
  });

  test('rows from before sealing are vouched for together', async () => {
    const { drizzle: db, query, exec } = database;
    const { rows } = await query(
      'SELECT station_id AS id, count(*)::int AS logs FROM identity.station_audit_logs WHERE user_id IS NOT NULL GROUP BY station_id ORDER BY 2 DESC, 1 LIMIT 1',
    );
    const stationId = String(rows[0]?.['id']);
    const before = await verifyAuditTrail(db, stationId);
    expect(before).toMatchObject({ intact: true, sealed: 0 });
    expect(before.unsealed).toBeGreaterThanOrEqual(Number(rows[0]?.['logs']));
    expect(before.unsealed).toBeGreaterThan(1);

    await recordAuditEvent(db, { stationId, userId: null, action: 'station.switched' });
    expect(await verifyAuditTrail(db, stationId, before)).toMatchObject({
      intact: true,
      sealed: 1,
      unsealed: before.unsealed,
    });

    const verifiedAfter = async (tampering: string) => {
      await exec(`BEGIN; ALTER TABLE identity.station_audit_logs DISABLE TRIGGER USER; ${tampering}`);
      try {
        return await verifyAuditTrail(db, stationId, before);
      } finally {
        await exec('ROLLBACK');
      }
    };
    const one = `(SELECT id FROM identity.station_audit_logs AS log WHERE station_id = '${stationId}'
      AND NOT EXISTS (SELECT FROM identity.station_audit_seals WHERE log_id = log.id) LIMIT 1)`;
    expect(
      kindsOf(await verifiedAfter(`UPDATE identity.station_audit_logs SET success = NOT success WHERE id = ${one}`)),
    ).toEqual(['origin']);
    expect(kindsOf(await verifiedAfter(`DELETE FROM identity.station_audit_logs WHERE id = ${one}`))).toEqual([
      'origin',
    ]);
    expect(
      kindsOf(
        await verifiedAfter(
          `INSERT INTO identity.station_audit_logs (station_id, action, success) VALUES ('${stationId}', 'x', true)`,
        ),
      ),
    ).toEqual(['added']);
    expect(
      kindsOf(
        await verifiedAfter(
          `UPDATE identity.station_audit_origins SET rows = rows + 1 WHERE station_id = '${stationId}'`,
        ),
      ),
    ).toEqual(['anchor', 'origin']);
    expect((await verifiedAfter('SELECT')).intact).toBe(true);
  });
});

eachOfFewMajors((major) => {
  let database: CanonicalDatabase & ServerDatabase;
  let db: PostgresDatabase;
  let userId: string;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    database = (await openCanonicalDatabase(major)) as CanonicalDatabase & ServerDatabase;
    db = database.drizzle;
    userId = await newUser(db);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database.close();
  });

  async function newClient(): Promise<{ client: pg.Client; db: PostgresDatabase }> {
    const client = new pg.Client(database.url);
    await client.connect();
    clients.push(client);
    return { client, db: drizzle({ client }) };
  }

  const event = (stationId: string, number: number) =>
    ({ stationId, userId, action: 'station.switched', resourceType: 'station', details: { number } }) as const;

  /** A trail of two chains, of four rows each, which have seen each other. */
  async function twoChains(stationId: string): Promise<void> {
    const [first, second] = [await newClient(), await newClient()];
    for (let number = 0; number < 4; number++) {
      await first.client.query('BEGIN');
      await second.client.query('BEGIN');
      await recordAuditEvent(first.db, event(stationId, number));
      await recordAuditEvent(second.db, event(stationId, number));
      await first.client.query('COMMIT');
      await second.client.query('COMMIT');
    }
  }

  describe('a trail that was tampered with', () => {
    let stationId: string;
    let otherStationId: string;
    beforeAll(async () => {
      [stationId, otherStationId] = [await newStation(db), await newStation(db)];
      await twoChains(stationId);
      await recordAuditEvent(db, event(otherStationId, 0));
    });

    /** What verification finds after the owner of the tables made this change with the triggers off. */
    async function verifiedAfter(tampering: string, options = {}): Promise<AuditTrailReport> {
      const { client } = database;
      await client.query('BEGIN');
      try {
        await client.query('SET LOCAL session_replication_role = replica');
        await client.query(`
          CREATE TEMPORARY VIEW seals AS SELECT * FROM identity.station_audit_seals
          WHERE chain_id IN (SELECT id FROM identity.station_audit_chains WHERE station_id = '${stationId}');
          CREATE TEMPORARY TABLE place AS SELECT log_id, chain_id, number, dense_rank() OVER (ORDER BY chain_id) AS chain FROM seals;
          CREATE FUNCTION pg_temp.log_at(chain int, number int) RETURNS uuid LANGUAGE sql
            AS 'SELECT log_id FROM pg_temp.place WHERE chain = $1 AND number = $2';
          CREATE FUNCTION pg_temp.chain(chain int) RETURNS uuid LANGUAGE sql
            AS 'SELECT DISTINCT chain_id FROM pg_temp.place WHERE chain = $1'`);
        await client.query(tampering);
        return await verifyAuditTrail(db, stationId, options);
      } finally {
        await client.query('ROLLBACK');
      }
    }

    test('is intact before', async () => {
      expect(await verifiedAfter('SELECT')).toMatchObject({ intact: true, sealed: 8, unsealed: 0 });
      expect((await verifyAuditTrail(db, stationId)).anchor.chains.map(({ length }) => length)).toEqual([4, 4]);
    });

    const otherValues: Record<string, string> = {
      id: 'gen_random_uuid()',
      station_id: `(SELECT id FROM identity.stations WHERE id <> log.station_id LIMIT 1)`,
      user_id: 'NULL',
      session_id: 'gen_random_uuid()',
      action: `'token.issued'`,
      resource_type: 'NULL',
      resource_id: `'null'`,
      user_role: `'admin'`,
      permissions_used: `'null'`,
      ip_address: `'127.0.0.1'`,
      user_agent: `''`,
      details: `details || '{"more": null}'`,
      success: 'false',
      error_message: `'null'`,
      created_at: `created_at + interval '1 microsecond'`,
    };
    test('shows a change of any column', async () => {
      expect(Object.keys(otherValues).sort()).toEqual(
        Object.values(getColumns(StationAuditLog))
          .map(({ name }) => name)
          .sort(),
      );
      for (const [column, value] of Object.entries(otherValues)) {
        const report = await verifiedAfter(
          `UPDATE identity.station_audit_logs AS log SET ${column} = ${value} WHERE id = pg_temp.log_at(1, 2)`,
        );
        expect(kindsOf(report), column).toEqual(column === 'id' ? ['added', 'removed'] : ['changed']);
        if (column !== 'id') expect(report.problems).toMatchObject([{ number: 2, logId: expect.any(String) }]);
      }
    });

    test('shows another user in a row, whether or not the user exists', async () => {
      const other = await newUser(db);
      for (const user of [`'${other}'`, `'${randomUUID()}'`]) {
        const report = await verifiedAfter(
          `UPDATE identity.station_audit_logs SET user_id = ${user} WHERE id = pg_temp.log_at(1, 2)`,
        );
        expect(kindsOf(report)).toEqual(['changed']);
      }
    });

    const removals: Record<string, string> = {
      first: 'pg_temp.log_at(1, 1)',
      middle: 'pg_temp.log_at(1, 2)',
      last: 'pg_temp.log_at(1, 4)',
    };
    test.each(Object.entries(removals))(
      'shows that the %s row of a chain is gone, with or without its seal',
      async (_, log) => {
        const row = await verifiedAfter(`DELETE FROM identity.station_audit_logs WHERE id = ${log}`);
        expect(kindsOf(row)).toEqual(['removed']);
        expect(row.problems).toHaveLength(1);
        const both = await verifiedAfter(`
        DELETE FROM identity.station_audit_seals WHERE log_id = ${log};
        DELETE FROM identity.station_audit_logs WHERE id = ${log}`);
        expect(kindsOf(both)).toContain('chain');
      },
    );

    test('shows that the end of a chain is gone and its head was set back, if another chain saw it', async () => {
      const report = await verifiedAfter(`
        DELETE FROM identity.station_audit_logs WHERE id IN (pg_temp.log_at(1, 3), pg_temp.log_at(1, 4));
        DELETE FROM identity.station_audit_seals WHERE log_id IN (pg_temp.log_at(1, 3), pg_temp.log_at(1, 4));
        UPDATE identity.station_audit_chains AS chain SET length = 2, head_hash = seals.hash
        FROM seals WHERE chain.id = pg_temp.chain(1) AND seals.log_id = pg_temp.log_at(1, 2)`);
      expect(kindsOf(report)).toEqual(['witness']);
    });

    const removeChain = (chain: number) => `
      DELETE FROM identity.station_audit_logs WHERE id IN (SELECT log_id FROM place WHERE chain = ${chain});
      DELETE FROM identity.station_audit_seals WHERE chain_id = pg_temp.chain(${chain});
      DELETE FROM identity.station_audit_chains WHERE id = pg_temp.chain(${chain})`;
    test.each([1, 2])('shows that chain %i is gone as a whole, with its head', async (chain) => {
      expect(kindsOf(await verifiedAfter(removeChain(chain)))).toEqual(['witness']);
    });

    test('shows a chain without its head', async () => {
      const report = await verifiedAfter('DELETE FROM identity.station_audit_chains WHERE id = pg_temp.chain(1)');
      expect(kindsOf(report)).toContain('witness');
      expect(kindsOf(report)).toContain('added');
    });

    const copyOf = (log: string, id: string) => `
      INSERT INTO identity.station_audit_logs SELECT (jsonb_populate_record(log, jsonb_build_object('id', '${id}'))).*
      FROM identity.station_audit_logs AS log WHERE id = ${log};`;
    const copyOfSeal = (log: string, values: string) => `
      INSERT INTO identity.station_audit_seals SELECT (jsonb_populate_record(seal, ${values})).*
      FROM identity.station_audit_seals AS seal WHERE log_id = ${log};`;
    test('shows a row that was put in without a seal', async () => {
      const report = await verifiedAfter(copyOf('pg_temp.log_at(1, 2)', randomUUID()));
      expect(kindsOf(report)).toEqual(['added']);
    });

    test('shows rows that were put in with forged seals', async () => {
      const id = randomUUID();
      for (const number of [-1, 0, 5, 6]) {
        const report = await verifiedAfter(
          copyOf('pg_temp.log_at(1, 4)', id) +
            copyOfSeal('pg_temp.log_at(1, 4)', `jsonb_build_object('log_id', '${id}', 'number', ${number})`),
        );
        expect(kindsOf(report), `number ${number}`).toEqual(['chain', 'changed']);
      }
    });

    test('shows a row that was put in between, with every number behind it moved', async () => {
      const id = randomUUID();
      const report = await verifiedAfter(`
        UPDATE identity.station_audit_seals SET number = number + 1000 WHERE chain_id = pg_temp.chain(1) AND number >= 3;
        UPDATE identity.station_audit_seals SET number = number - 999 WHERE chain_id = pg_temp.chain(1) AND number >= 1003;
        UPDATE identity.station_audit_chains SET length = length + 1 WHERE id = pg_temp.chain(1);
        ${copyOf('pg_temp.log_at(1, 2)', id)}
        ${copyOfSeal('pg_temp.log_at(1, 2)', `jsonb_build_object('log_id', '${id}', 'number', 3)`)}`);
      expect(kindsOf(report)).toEqual(['chain', 'changed', 'witness']);
    });

    test('shows rows in another order', async () => {
      const swapped = await verifiedAfter(`
        UPDATE identity.station_audit_seals SET number = 1000 WHERE log_id = pg_temp.log_at(1, 2);
        UPDATE identity.station_audit_seals SET number = 2 WHERE log_id = pg_temp.log_at(1, 3);
        UPDATE identity.station_audit_seals SET number = 3 WHERE log_id = pg_temp.log_at(1, 2)`);
      expect(kindsOf(swapped)).toEqual(['chain', 'changed', 'witness']);
      const exchanged = await verifiedAfter(`
        UPDATE identity.station_audit_logs SET details = '{"number": 2}', created_at = created_at + interval '1 second'
        WHERE id = pg_temp.log_at(1, 2)`);
      expect(kindsOf(exchanged)).toEqual(['changed']);
    });

    const otherSeals: Record<string, string> = {
      number: '77',
      previous_hash: `'\\x00'`,
      witness_chain_id: 'NULL',
      witness_number: 'witness_number + 1',
      witness_hash: 'NULL',
      chains: '1',
      user_id: 'NULL',
      sealed_at: `sealed_at + interval '1 microsecond'`,
      hash: `'\\x00'`,
    };
    test('shows a change of any column of a seal', async () => {
      for (const [column, value] of Object.entries(otherSeals)) {
        const report = await verifiedAfter(
          `UPDATE identity.station_audit_seals SET ${column} = ${value} WHERE log_id = pg_temp.log_at(2, 3)`,
        );
        expect(kindsOf(report), column).toContain('changed');
      }
    });

    test('shows another head', async () => {
      for (const change of ['length = length - 1', `head_hash = '\\x00'`]) {
        const report = await verifiedAfter(
          `UPDATE identity.station_audit_chains SET ${change} WHERE id = pg_temp.chain(1)`,
        );
        expect(kindsOf(report)).toEqual(['chain']);
      }
    });

    test('shows by an anchor what no row has seen: the end of everything, rewritten or gone', async () => {
      const alone = await newStation(db);
      for (let number = 0; number < 3; number++) await recordAuditEvent(db, event(alone, number));
      const before = await verifyAuditTrail(db, alone);
      await recordAuditEvent(db, event(alone, 3));
      expect(await verifyAuditTrail(db, alone, before)).toMatchObject({ intact: true, sealed: 4 });

      const { client } = database;
      await client.query('BEGIN');
      await client.query('SET LOCAL session_replication_role = replica');
      await client.query(`
        DELETE FROM identity.station_audit_logs WHERE station_id = '${alone}';
        DELETE FROM identity.station_audit_seals WHERE chain_id = '${before.anchor.chains[0]?.id}';
        DELETE FROM identity.station_audit_chains WHERE station_id = '${alone}'`);
      const [without, withAnchor] = [await verifyAuditTrail(db, alone), await verifyAuditTrail(db, alone, before)];
      await client.query('ROLLBACK');
      expect(without.intact).toBe(true);
      expect(kindsOf(withAnchor)).toEqual(['anchor']);
      await expect(verifyAuditTrail(db, stationId, before)).rejects.toThrow(/one of station/);
    });
  });

  test.each(['read committed', 'repeatable read', 'serializable'])(
    'writers of one station never wait for each other: %s',
    async (level) => {
      const stationId = await newStation(db);
      await recordAuditEvent(db, event(stationId, 0));
      const writers = await Promise.all(Array.from({ length: 4 }, newClient));
      for (const { client } of writers) await client.query(`SET lock_timeout = '1ms'`);
      for (let round = 0; round < 3; round++) {
        for (const { client } of writers) {
          await client.query(`BEGIN ISOLATION LEVEL ${level}`);
          await client.query('SELECT FROM identity.stations LIMIT 1');
        }
        // Where all read the same heads, PostgreSQL finds that serializable writers could not have come one after the other.
        const committed = level === 'serializable' ? writers.slice(0, 1) : writers;
        for (const writer of writers) {
          await recordAuditEvent(writer.db, event(stationId, round));
          await recordAuditEvent(writer.db, event(stationId, round));
        }
        for (const writer of writers) await writer.client.query(committed.includes(writer) ? 'COMMIT' : 'ROLLBACK');
      }
      const report = await verifyAuditTrail(db, stationId);
      expect(report).toMatchObject({ intact: true, sealed: 1 + 3 * 2 * (level === 'serializable' ? 1 : 4) });
      expect(report.anchor.chains.length).toBeLessThanOrEqual(level === 'repeatable read' ? 8 : 4);
    },
  );

  test('rollbacks, ignored duplicates and forty concurrent writers leave the trail intact', async () => {
    const stationId = await newStation(db);
    const pool = openPool(database.url, { max: 8 });
    try {
      const pooled = drizzle({ client: pool });
      const id = randomUUID();
      const duplicate = { id, stationId, action: 'x', success: true };
      await Promise.all(
        Array.from({ length: 40 }, (_, number) =>
          pooled
            .transaction(async (tx) => {
              await recordAuditEvent(tx, event(stationId, number));
              await tx
                .transaction((inner) => recordAuditEvent(inner, event(stationId, number)).then(() => inner.rollback()))
                .catch(() => {});
              await recordAuditEvent(tx, event(stationId, number));
              if (number % 4 === 0) tx.rollback();
            })
            .catch(() => {}),
        ),
      );
      for (let count = 0; count < 3; count++)
        await pooled.insert(StationAuditLog).values(duplicate).onConflictDoNothing();
      expect(await verifyAuditTrail(db, stationId)).toMatchObject({ intact: true, sealed: 61 });
    } finally {
      await pool.end();
    }
  });

  test('deleting a user or a station, or all of them, takes nothing of the trail along', async () => {
    const [stationId, otherId] = [await newStation(db), await newStation(db)];
    const leaver = await newUser(db);
    await recordAuditEvent(db, { ...event(stationId, 0), userId: leaver });
    await recordAuditEvent(db, event(otherId, 0));
    const anchor = await verifyAuditTrail(db, stationId);
    await database.query('DELETE FROM identity.users WHERE id = $1', [leaver]);
    await database.query('DELETE FROM identity.stations WHERE id = $1', [stationId]);
    const trail = () =>
      db
        .select({ userId: StationAuditLog.userId, stationId: StationAuditLog.stationId })
        .from(StationAuditLog)
        .where(sql`station_id = ${stationId}`);
    expect(await trail()).toEqual([{ userId: leaver, stationId }]);
    expect(await verifyAuditTrail(db, stationId, anchor)).toMatchObject({ intact: true, sealed: 1 });
    await database.query('BEGIN');
    try {
      await database.query('TRUNCATE identity.stations, identity.users CASCADE');
      expect(await trail()).toHaveLength(1);
      expect(await verifyAuditTrail(db, stationId, anchor)).toMatchObject({ intact: true, sealed: 1 });
      expect(await verifyAuditTrail(db, otherId)).toMatchObject({ intact: true, sealed: 1 });
    } finally {
      await database.query('ROLLBACK');
    }
    const { rows } = await database.query(`
      SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN (
        'identity.station_audit_logs'::regclass, 'identity.station_audit_seals'::regclass,
        'identity.station_audit_chains'::regclass, 'identity.station_audit_origins'::regclass)`);
    expect(rows).toEqual([]);
  });

  test('a trail can be verified in the transaction that writes it, and a check that comes early changes nothing', async () => {
    const stationId = await newStation(db);
    await db.transaction(async (tx) => {
      for (let number = 0; number < 3; number++) {
        await recordAuditEvent(tx, event(stationId, number));
        expect(await verifyAuditTrail(tx, stationId)).toMatchObject({ intact: true, sealed: number + 1 });
      }
      await tx.execute(sql`SET CONSTRAINTS ALL IMMEDIATE`);
      for (let number = 0; number < 3; number++) await recordAuditEvent(tx, event(stationId, number));
      await tx.transaction((inner) => recordAuditEvent(inner, event(stationId, 9)));
      await tx
        .transaction((inner) => recordAuditEvent(inner, event(stationId, 10)).then(() => inner.rollback()))
        .catch(() => {});
      await tx.execute(sql`SET CONSTRAINTS ALL DEFERRED`);
      await recordAuditEvent(tx, event(stationId, 11));
    });
    expect(await verifyAuditTrail(db, stationId)).toMatchObject({ intact: true, sealed: 8 });
  });

  test('rows of several stations in one statement are sealed each at their own', async () => {
    const stations = await Promise.all(Array.from({ length: 5 }, () => newStation(db)));
    const rows = Array.from({ length: 40 }, (_, number) => ({
      stationId: stations[number % 5] as string,
      action: 'station.switched',
      success: true,
    }));
    for (let count = 0; count < 2; count++) await db.insert(StationAuditLog).values(rows);
    for (const stationId of stations)
      expect(await verifyAuditTrail(db, stationId)).toMatchObject({ intact: true, sealed: 16 });
  });

  test('from an anchor on only what is new is checked, and all of that', async () => {
    const stationId = await newStation(db);
    await twoChains(stationId);
    const { anchor } = await verifyAuditTrail(db, stationId.toUpperCase());
    expect(await verifyAuditTrail(db, stationId, { since: anchor })).toMatchObject({ intact: true, sealed: 0 });
    await twoChains(stationId);
    await recordAuditEvent(db, event(stationId, 9));
    const after = await verifyAuditTrail(db, stationId, { since: anchor });
    expect(after).toMatchObject({ intact: true, sealed: 9, problems: [] });
    const whole = await verifyAuditTrail(db, stationId);
    expect(after.anchor).toEqual({ ...whole.anchor, at: after.anchor.at });

    const { client } = database;
    const newest = `(SELECT log_id FROM identity.station_audit_seals WHERE chain_id = '${anchor.chains[0]?.id}' AND number = 6)`;
    const verifiedAfter = async (tampering: string) => {
      await client.query('BEGIN');
      try {
        await client.query(`SET LOCAL session_replication_role = replica; ${tampering}`);
        return kindsOf(await verifyAuditTrail(db, stationId, { since: anchor }));
      } finally {
        await client.query('ROLLBACK');
      }
    };
    expect(await verifiedAfter('SELECT')).toEqual([]);
    expect(await verifiedAfter(`UPDATE identity.station_audit_logs SET success = false WHERE id = ${newest}`)).toEqual([
      'changed',
    ]);
    expect(await verifiedAfter(`DELETE FROM identity.station_audit_logs WHERE id = ${newest}`)).toEqual(['removed']);
    expect(await verifiedAfter(`DELETE FROM identity.station_audit_seals WHERE log_id = ${newest}`)).toEqual(
      expect.arrayContaining(['added', 'chain']),
    );
    const heads = (hash: string) => `number = 4 AND chain_id = '${anchor.chains[0]?.id}' RETURNING ${hash}`;
    expect(await verifiedAfter(`UPDATE identity.station_audit_seals SET hash = '\\x00' WHERE ${heads('1')}`)).toContain(
      'anchor',
    );
    expect(
      await verifiedAfter(
        `INSERT INTO identity.station_audit_logs (station_id, action, success) VALUES ('${stationId}', 'x', true)`,
      ),
    ).toEqual(['added']);
  });

  test('what is not an anchor, or a part of one, is refused', async () => {
    const stationId = await newStation(db);
    await recordAuditEvent(db, event(stationId, 1));
    const { anchor } = await verifyAuditTrail(db, stationId);
    const parts = (['stationId', 'at', 'chains', 'origin'] as const).map((name) => ({ ...anchor, [name]: undefined }));
    const others = [null, 'x', {}, { stationId }, { ...anchor, chains: {} }, { ...anchor, chains: null }];
    for (const given of [...parts, ...others] as AuditTrailAnchor[]) {
      for (const options of [{ anchor: given }, { since: given }]) {
        await expect(verifyAuditTrail(db, stationId, options), JSON.stringify(given)).rejects.toMatchObject({
          name: 'InvalidInput',
          code: 'invalid-input',
          object: 'the anchor',
        });
      }
    }
    for (const options of [{}, { anchor }, { since: anchor }, { anchor: { ...anchor, origin: null } }]) {
      expect(await verifyAuditTrail(db, stationId, options)).toMatchObject({ intact: true });
    }
  });

  test('only the owner may change or remove rows, whatever was granted', async () => {
    const stationId = await newStation(db);
    const leaver = await newUser(db);
    const role = `auditor_${randomUUID().slice(0, 8)}`;
    const { client } = database;
    const refusal = async (statement: string) => {
      await client.query('SAVEPOINT attempt');
      const error = await client.query(statement).then(
        () => undefined,
        (thrown: Error & { code: string }) => thrown,
      );
      await client.query('ROLLBACK TO attempt');
      return error;
    };
    await client.query('BEGIN');
    try {
      await client.query(
        `CREATE ROLE ${role}; GRANT USAGE ON SCHEMA identity TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA identity TO ${role}`,
      );
      await client.query(`SET LOCAL ROLE ${role}`);
      await recordAuditEvent(db, { ...event(stationId, 0), userId: leaver });
      // A trigger that is still to come would refuse TRUNCATE first.
      await client.query('SET CONSTRAINTS ALL IMMEDIATE');
      for (const table of ['logs', 'seals', 'chains', 'origins']) {
        const name = `identity.station_audit_${table}`;
        const column =
          table === 'logs' ? 'id' : table === 'seals' ? 'log_id' : table === 'chains' ? 'id' : 'station_id';
        for (const statement of [
          `UPDATE ${name} SET ${column} = ${column}`,
          `DELETE FROM ${name}`,
          `TRUNCATE ${name} CASCADE`,
        ]) {
          const error = await refusal(statement);
          expect(error?.code, statement).toBe('42501');
          expect(error?.message).toMatch(/append-only/);
        }
      }
      expect(
        (await refusal(`INSERT INTO identity.station_audit_chains VALUES (gen_random_uuid(), '${stationId}', 0, '')`))
          ?.code,
      ).toBe('42501');
      await client.query('CREATE TEMPORARY TABLE forged (LIKE identity.station_audit_logs)');
      const forgery = await refusal(
        'CREATE TRIGGER forge AFTER INSERT ON forged REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION identity.seal_station_audit_logs()',
      );
      expect(forgery?.code).toBe('42501');
      await client.query('DELETE FROM identity.users WHERE id = $1', [leaver]);
      await client.query('RESET ROLE');
      expect(await verifyAuditTrail(db, stationId)).toMatchObject({ intact: true, sealed: 1 });
    } finally {
      await client.query('ROLLBACK');
    }
  });

  test('a role from which rows are hidden cannot verify a trail', async () => {
    const stationId = await newStation(db);
    const role = `reader_${randomUUID().slice(0, 8)}`;
    const { client } = database;
    await client.query('BEGIN');
    try {
      await client.query(`
        CREATE ROLE ${role}; GRANT USAGE ON SCHEMA identity TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA identity TO ${role};
        ALTER TABLE identity.station_audit_logs ENABLE ROW LEVEL SECURITY; SET LOCAL ROLE ${role}`);
      await expect(verifyAuditTrail(db, stationId)).rejects.toMatchObject({
        code: 'rows-hidden',
        next: expect.stringContaining('BYPASSRLS'),
      });
    } finally {
      await client.query('ROLLBACK');
    }
  });

  test('a denial is recorded after the rollback, on a pool of one', async () => {
    const stationId = await newStation(db);
    const pool = openPool(database.url, { max: 1 });
    try {
      const single = drizzle({ client: pool });
      const denied = new Error('no right to cancel');
      const attempt = single.transaction(async (tx) => {
        await recordAuditEvent(tx, event(stationId, 0));
        await expect(recordDenial(tx, { stationId, userId, action: 'access.denied' })).rejects.toThrow(/a transaction/);
        throw denied;
      });
      await expect(attempt).rejects.toBe(denied);
      await recordDenial(single, { stationId, userId, action: 'access.denied', errorMessage: denied.message });
      const rows = await db.select().from(StationAuditLog).where(sql`station_id = ${stationId}`);
      expect(rows).toMatchObject([
        { action: 'access.denied', success: false, errorMessage: 'no right to cancel', userId },
      ]);
    } finally {
      await pool.end();
    }
  });
});
