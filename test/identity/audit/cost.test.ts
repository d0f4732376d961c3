import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAuditTrail } from '../../../src/identity/audit/index.ts';
import { eachOfFewMajors, type ServerDatabase, thorough } from '../../support/databases.ts';
import { type IdentityDatabase, newStation, openIdentityDatabase } from '../../support/identity.ts';

eachOfFewMajors((major) => {
  let database: IdentityDatabase & ServerDatabase;
  beforeAll(async () => {
    database = await openIdentityDatabase(major);
  });
  afterAll(() => database.close());

  const columns = '(station_id, action, success, details)';
  const values = (stationId: string) => `'${stationId}', 'station.switched', true, '{"from": "here"}'`;

  /** The time of one transaction, in milliseconds: the shortest of three, each at a station of its own. */
  async function timeOf(statement: (stationId: string) => string, prepare = async (_: string) => {}): Promise<number> {
    const times: number[] = [];
    for (let count = 0; count < 3; count++) {
      const stationId = await newStation(database.db);
      await prepare(stationId);
      const began = performance.now();
      await database.query(statement(stationId));
      times.push(performance.now() - began);
    }
    return Math.min(...times);
  }

  const rowByRow = (rows: number) => (stationId: string) =>
    `DO $$ BEGIN FOR number IN 1..${rows} LOOP
      INSERT INTO identity.station_audit_logs ${columns} VALUES (${values(stationId)}); END LOOP; END $$`;
  const atOnce = (rows: number) => (stationId: string) =>
    `INSERT INTO identity.station_audit_logs ${columns} SELECT ${values(stationId)} FROM generate_series(1, ${rows})`;

  /** A number of the server's statistics as it is now. */
  async function statistic(selected: string): Promise<number> {
    await database.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await database.query(`SELECT (SELECT ${selected}) AS number`);
    return Number(rows[0]?.['number']);
  }

  test.each([
    ['row by row', rowByRow],
    ['at once', atOnce],
  ])('sealing is linear in the rows of a transaction: %s', async (_, write) => {
    const rows = thorough ? 4000 : 500;
    await timeOf(write(100));
    expect((await timeOf(write(4 * rows))) / (await timeOf(write(rows)))).toBeLessThan(8);
  });

  test('sealing reads as much and takes the same time beside a thousand chains', async () => {
    const rows = 300;
    const chains = (stationId: string) =>
      `INSERT INTO identity.station_audit_chains (station_id, length, head_hash) SELECT '${stationId}', 1, '\\x00' FROM generate_series(1, 1000)`;
    const alone = await timeOf(rowByRow(rows));
    const beside = await timeOf(rowByRow(rows), async (stationId) => void (await database.query(chains(stationId))));
    expect(beside / alone).toBeLessThan(3);

    const entriesRead = () =>
      statistic("sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'station_audit_chains'");
    const stationId = await newStation(database.db);
    await database.query(chains(stationId));
    const before = await entriesRead();
    await database.query(rowByRow(rows)(stationId));
    expect(((await entriesRead()) - before) / rows).toBeLessThan(40);
  });

  test('verification reads the rows of its station, by indexes, whatever other stations have', async () => {
    const [stationId, other] = [await newStation(database.db), await newStation(database.db)];
    await database.query(atOnce(20)(stationId));
    await database.query(atOnce(3000)(other));
    await database.query('ANALYZE identity.station_audit_logs, identity.station_audit_seals');
    const read = () =>
      statistic(`sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables
        WHERE relname IN ('station_audit_logs', 'station_audit_seals')`);
    const before = await read();
    const { anchor } = await verifyAuditTrail(database.db, stationId);
    const whole = await read();
    expect(whole - before).toBeLessThan(400);
    await database.query(atOnce(3)(stationId));
    const written = await read();
    expect(await verifyAuditTrail(database.db, stationId, { since: anchor })).toMatchObject({
      intact: true,
      sealed: 3,
    });
    expect((await read()) - written).toBeLessThan(60);
  });
});
