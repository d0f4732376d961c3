import { expect, test } from 'vitest';
import { adopt, listAdoptStatements } from '../../../src/tools/adopt/index.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import { migrate } from '../../../src/tools/migrate/index.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { connectionTo, eachOfFewMajors, type ServerDatabase, withDatabase } from '../../support/databases.ts';

/** Partitions a table as a customer does, with all that it had: keys of other tables that lead to it, too. */
async function partition({ query, exec }: ServerDatabase, table: string, by: string, key = 'id'): Promise<void> {
  const { rows: constraints } = await query(
    `SELECT conrelid::regclass::text AS on, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE $1::regclass IN (conrelid, confrelid) AND contype IN ('p', 'u', 'c', 'f') ORDER BY contype = 'f'`,
    [table],
  );
  const { rows: indexes } = await query(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = $1::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))`,
    [table],
  );
  const parts = by.startsWith('HASH')
    ? [0, 1].map((rest) => `FOR VALUES WITH (MODULUS 2, REMAINDER ${rest})`)
    : [`FOR VALUES FROM (MINVALUE) TO ('2025-01-01')`, `FOR VALUES FROM ('2025-01-01') TO (MAXVALUE)`];
  for (const { on, name } of [...constraints].reverse()) await exec(`ALTER TABLE ${on} DROP CONSTRAINT ${name}`);
  for (const { name } of indexes) await exec(`DROP INDEX ${name}`);
  await exec(`
    ALTER TABLE ${table} RENAME TO whole;
    CREATE TABLE ${table} (LIKE ${table.split('.')[0]}.whole INCLUDING DEFAULTS) PARTITION BY ${by};
    ${parts.map((bound, number) => `CREATE TABLE ${table}_${number} PARTITION OF ${table} ${bound};`).join('\n')}
    INSERT INTO ${table} SELECT * FROM ${table.split('.')[0]}.whole;
    DROP TABLE ${table.split('.')[0]}.whole`);
  for (const { on, name, definition } of constraints)
    await exec(`ALTER TABLE ${on} ADD CONSTRAINT ${name} ${String(definition).replace('KEY (id)', `KEY (${key})`)}`);
  for (const { definition } of indexes) await exec(String(definition));
}

const accept = [
  ...['public.messages', 'public.leads', 'public.escalations', 'identity.station_audit_logs'].map((object) => ({
    object,
    reason: 'partitioned: it has many rows',
  })),
  { object: 'public.messages.messages_pkey', reason: 'has the time of its partitions' },
];

eachOfFewMajors((major) => {
  test('partitioned tables are to be decided about; accepted, they are carried to the last check, and back and forth', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query } = database;
      const connection = connectionTo(database);
      await partition(database, 'public.messages', 'RANGE (created_at)', 'id, created_at');
      await partition(database, 'public.leads', 'HASH (id)');
      await partition(database, 'public.escalations', 'HASH (id)');
      await partition(database, 'identity.station_audit_logs', 'HASH (id)');
      const contents = async (messages: string) =>
        (
          await query(`SELECT (SELECT md5(string_agg(m::text, '' ORDER BY id)) FROM ${messages} AS m) AS messages,
            (SELECT md5(string_agg((to_jsonb(l) - 'station_id')::text, '' ORDER BY id)) FROM leads AS l) AS leads,
            (SELECT md5(string_agg(a::text, '' ORDER BY id)) FROM identity.station_audit_logs AS a) AS trail`)
        ).rows;
      const before = await contents('messages');

      const refused = await baseline(query);
      expect(refused).toMatchObject({ status: 'differs', obstacles: [] });
      const open = 'deviations' in refused ? refused.deviations.filter(({ treatment }) => treatment !== 'taken') : [];
      expect([...new Set(open.map(({ kind, object }) => `${kind} ${object}`))]).toEqual([
        'other-table-kind identity.station_audit_logs',
        'other-table-kind public.escalations',
        'other-table-kind public.leads',
        'other-table-kind public.messages',
        'other-key public.messages.messages_pkey',
      ]);

      expect(await adopt(connection, { accept })).toMatchObject({ status: 'ready' });
      expect(await baseline(query, { accept })).toMatchObject({ status: 'recorded', unused: [] });
      expect(await migrate(connection, { accept })).toMatchObject({ stoppedAt: null, obstacles: [] });
      expect(await contents('customer_messages')).toEqual(before);
      const { rowCount } = (await query('UPDATE messages SET is_read = is_read')) as { rowCount?: number };
      expect(rowCount).not.toBe(0);
      const agrees = await check(connection, { accept, drizzleKit: true });
      expect(agrees).toMatchObject({ status: 'agrees', differs: [], unusedAccept: [] });

      await revert(connection, { to: 'baseline' });
      expect(await contents('messages')).toEqual(before);
      await migrate(connection, { accept });
      expect(await contents('customer_messages')).toEqual(before);
      expect(await check(connection, { accept, drizzleKit: false })).toMatchObject({ status: 'agrees' });
    }));

  test('what an accepted partitioned table lacks is written as PostgreSQL lets it have that', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec } = database;
      const connection = connectionTo(database);
      await partition(database, 'public.leads', 'HASH (id)');
      await exec(`DROP INDEX ix_leads_status; ALTER TABLE leads DROP CONSTRAINT leads_customer_id_fkey;
        ALTER TABLE leads DROP CONSTRAINT leads_pkey CASCADE`);
      const { online, decide, moves } = await adopt(connection, { accept });
      const keys = [...online, ...decide].filter(({ table }) => table === 'public.leads').map(({ object }) => object);
      expect(keys.sort()).toEqual([
        'public.ix_leads_status',
        'public.leads.leads_customer_id_fkey',
        'public.leads.leads_pkey',
      ]);
      expect(online.filter(({ table }) => table === 'public.leads')).toEqual([]);
      for (const statement of listAdoptStatements({ online: decide, moves })) await query(statement);
      for (const statement of listAdoptStatements({ online, moves })) await query(statement);
      expect(await adopt(connection, { accept })).toMatchObject({ status: 'ready' });
    }));
});
