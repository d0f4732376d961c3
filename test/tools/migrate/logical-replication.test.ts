import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText } from '../../../src/cli/migrate-text.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { baselineTables } from '../../../src/tools/baseline/baseline.ts';
import { checksumTables, listTables } from '../../../src/tools/database/checksum.ts';
import { queryOf } from '../../../src/tools/database/query.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { ended, planMigrations } from '../../../src/tools/migrate/plan.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { usage } from '../../../src/tools/usage/usage.ts';
import { eachMajor, majors, thorough, withConnection, withDatabase } from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { legacySql } from '../../support/legacy.ts';
import { baselineMigration, migrationsFolderOf, renameMigrations } from '../../support/migrate.ts';
import { createDatabase, type Server, startServer, superuserUrl } from '../../support/servers.ts';

const oldNames = tableRenames.map(({ from }) => from);

eachMajor((major) => {
  test('publications that hold tables to be renamed are named: by table, by schema, all; others are not', () =>
    withDatabase(major, 'legacy', async ({ exec, query, name, url }) => {
      await exec(`CREATE PUBLICATION some_${name} FOR TABLE messages, bookings; CREATE PUBLICATION other_${name} FOR TABLE bookings;
        CREATE PUBLICATION spaces_${name} FOR TABLES IN SCHEMA identity; CREATE PUBLICATION all_${name} FOR ALL TABLES`);
      const plan = await withConnection(url, (connection) => planMigrations(connection, { locks: false }));
      expect(plan.outside.publications).toEqual([
        { name: `all_${name}`, scope: 'all tables', tables: [...oldNames].sort() },
        { name: `some_${name}`, scope: 'tables', tables: ['public.messages'] },
        { name: `spaces_${name}`, scope: 'schemas', tables: ['identity.social_accounts'] },
      ]);
      expect(planText(plan, ended)).toContain(
        `Note: publication spaces_${name} (FOR TABLES IN SCHEMA) sends identity.social_accounts: its subscribers stop`,
      );
      const run = await hostedCommand(['migrate', '--no-check', '--json', '--url', url]);
      expect(run.stderr).toContain(`Note: publication some_${name} sends public.messages: its subscribers stop`);
      expect(JSON.parse(run.stdout).outside).toEqual(plan.outside);
      // Nothing is left to rename, and so nobody is left to name.
      const again = await withConnection(url, migrate);
      expect(again.outside.publications).toEqual([]);

      const report = await usage({ query });
      expect(report.outside.publications).toMatchObject([
        { name: `all_${name}` },
        { name: `some_${name}`, tables: ['public.customer_messages'] },
        { name: `spaces_${name}` },
      ]);
      expect(report.blindSpots).toContainEqual(
        expect.objectContaining({
          what: expect.stringContaining(`subscribers of publication some_${name}`),
          decisive: false,
        }),
      );
      if (!thorough && major !== majors.at(-1)) return;
      // Old names stop the same readers again.
      const undone = await hostedCommand(['revert', '--to', 'baseline', '--json', '--url', url]);
      expect(undone.stderr).toContain(
        `Note: publication some_${name} sends public.customer_messages: its subscribers stop`,
      );
      expect(JSON.parse(undone.stdout).outside.publications).toEqual([
        { name: `all_${name}`, scope: 'all tables', tables: tableRenames.map(({ to }) => to).sort() },
        { name: `some_${name}`, scope: 'tables', tables: ['public.customer_messages'] },
        { name: `spaces_${name}`, scope: 'schemas', tables: ['identity.oauth_accounts'] },
      ]);
    }));
});

/** A publisher with the legacy database, a subscriber of it, and clients that write on the publisher without end. */
class Replication {
  readonly publisher: pg.Client;
  readonly subscriber: pg.Client;
  readonly urls: { readonly publisher: string; readonly subscriber: string };
  written = 0;
  readonly #writers: Promise<void>[] = [];
  #ended = false;

  constructor(publisher: string, subscriber: string) {
    this.urls = { publisher, subscriber };
    this.publisher = new pg.Client(publisher);
    this.subscriber = new pg.Client(subscriber);
  }

  /** Clients on old names: they insert messages and change a row of every other table to be renamed. */
  write(): void {
    const statements = oldNames.map((name) =>
      name === 'public.messages'
        ? `INSERT INTO public.messages SELECT (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid()))).* FROM public.messages AS m LIMIT 1`
        : `UPDATE ${name} SET created_at = clock_timestamp() WHERE id = (SELECT id FROM ${name} ORDER BY random() LIMIT 1)`,
    );
    this.#writers.push(
      (async () => {
        const client = new pg.Client(this.urls.publisher);
        await client.connect();
        while (!this.#ended) {
          for (const statement of statements) {
            await client.query(statement);
            this.written += 1;
            await sleep(2);
          }
        }
        await client.end();
      })(),
    );
  }

  async stopWriting(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#writers);
  }

  async errors(): Promise<number> {
    const { rows } = await this.subscriber.query(
      'SELECT apply_error_count::int AS errors FROM pg_stat_subscription_stats',
    );
    return rows[0].errors;
  }

  async position(): Promise<string> {
    const { rows } = await this.publisher.query('SELECT pg_current_wal_insert_lsn() AS lsn');
    return rows[0].lsn;
  }

  async hasArrived(position: string): Promise<boolean> {
    const { rows } = await this.publisher.query(
      `SELECT confirmed_flush_lsn >= $1::pg_lsn AS arrived FROM pg_replication_slots WHERE slot_name = 'reports'`,
      [position],
    );
    return rows[0].arrived;
  }

  async until(arrived: () => Promise<boolean>): Promise<void> {
    await expect.poll(arrived, { timeout: 60_000, interval: 50 }).toBe(true);
  }
}

if (thorough) {
  eachMajor((major) => {
    const servers: Server[] = [];
    beforeAll(async () => {
      const settings = {
        wal_level: 'logical',
        wal_retrieve_retry_interval: '100ms',
        wal_receiver_status_interval: '1s',
        autovacuum: false,
      };
      servers.push(...(await Promise.all([0, 1].map(() => startServer({ major, settings })))));
    });
    afterAll(async () => {
      await Promise.all(servers.map((server) => server.remove()));
    });

    async function withReplication(tables: string, run: (replication: Replication) => Promise<void>): Promise<void> {
      const [publisher, subscriber] = servers as [Server, Server];
      const databases = await Promise.all(servers.map((server) => createDatabase(server)));
      const [of, at] = databases as [(typeof databases)[0], (typeof databases)[0]];
      const replication = new Replication(superuserUrl(publisher, of.name), superuserUrl(subscriber, at.name));
      try {
        for (const client of [replication.publisher, replication.subscriber]) {
          client.on('error', () => {});
          await client.connect();
          await client.query(legacySql());
        }
        await replication.publisher.query(`CREATE PUBLICATION everything ${tables}`);
        const { host, port, user, password } = publisher;
        await replication.subscriber.query(
          `CREATE SUBSCRIPTION reports CONNECTION 'host=${host} port=${port} user=${user} password=${password} dbname=${of.name}'
           PUBLICATION everything WITH (copy_data = false)`,
        );
        await run(replication);
      } finally {
        await replication.stopWriting().catch(() => {});
        await replication.subscriber.query('DROP SUBSCRIPTION IF EXISTS reports').catch(() => {});
        await Promise.all([replication.publisher.end(), replication.subscriber.end()]);
        await Promise.all(databases.map((database) => database.drop()));
      }
    }

    /** Every row of the tables that both sides have, under canonical names. */
    const rowsOf = async (client: pg.Client, tables: readonly string[]) => checksumTables(queryOf(client), tables);

    test.each([`FOR TABLE ${baselineTables.join(', ')}`, 'FOR TABLES IN SCHEMA public, identity', 'FOR ALL TABLES'])(
      'one table at a time, at the publisher first, while rows are written: no row is lost (%.40s)',
      (tables) =>
        withReplication(tables, async (replication) => {
          const { urls } = replication;
          replication.write();
          await replication.until(async () => replication.written > 50);
          const notes = await withConnection(urls.publisher, (connection) =>
            planMigrations(connection, { locks: false }),
          );
          expect(notes.outside.subscribers).toEqual([{ slot: 'reports', application: 'reports' }]);
          const received = await withConnection(urls.subscriber, (connection) =>
            planMigrations(connection, { locks: false }),
          );
          expect(received.outside.subscriptions).toEqual([{ name: 'reports', tables: [...oldNames].sort() }]);

          const names: string[] = [];
          // Other publications also send new tables, and what migrations write to them.
          const all = tables.startsWith('FOR TABLE ') ? readMigrations() : [baselineMigration, ...renameMigrations];
          for (const { name } of all) {
            names.push(name);
            const folder = migrationsFolderOf(names);
            const errors = await replication.errors();
            await withConnection(urls.publisher, (connection) => migrate(connection, { folder }));
            const renamed = await replication.position();
            // The subscriber has everything from before once it has come past it, or stopped at it.
            await replication.until(
              async () => (await replication.hasArrived(renamed)) || (await replication.errors()) > errors,
            );
            await withConnection(urls.subscriber, (connection) => migrate(connection, { folder }));
            rmSync(folder, { recursive: true });
            const written = replication.written;
            if (renameMigrations.some((rename) => rename.name === name)) {
              await replication.until(async () => replication.written > written + 20);
            }
          }
          await replication.stopWriting();
          const last = await replication.position();
          await replication.until(() => replication.hasArrived(last));
          const ours = new Set([...baselineTables, ...tableRenames.map(({ to }) => to)]);
          const legacy = await listTables(queryOf(replication.subscriber)).then((found) =>
            found.filter((name) => ours.has(name)),
          );
          expect(await rowsOf(replication.subscriber, legacy)).toEqual(await rowsOf(replication.publisher, legacy));
          const [{ rows: messages }] = await Promise.all([
            replication.subscriber.query('SELECT count(*)::int AS count FROM messages'),
          ]);
          expect(messages[0].count).toBeGreaterThan(50);
        }),
      180_000,
    );

    test(
      'renamed at the subscriber first, it stops at changes under the old name, and goes on once the table has it back',
      () =>
        withReplication('FOR TABLE public.messages', async (replication) => {
          const rename = renameMigrations.filter(({ name }) => name.endsWith('_customer_messages'));
          expect(rename).toHaveLength(1);
          const statements = rename.flatMap((migration) => migration.statements).join(';\n');
          await replication.subscriber.query(`BEGIN; ${statements}; COMMIT`);
          replication.write();
          const errors = await replication.errors();
          await replication.until(async () => (await replication.errors()) > errors + 1);
          await replication.stopWriting();
          await replication.subscriber.query(
            'BEGIN; DROP VIEW messages; ALTER TABLE customer_messages RENAME TO messages; COMMIT',
          );
          const last = await replication.position();
          await replication.until(() => replication.hasArrived(last));
          const tables = ['public.messages'];
          expect(await rowsOf(replication.subscriber, tables)).toEqual(await rowsOf(replication.publisher, tables));
        }),
      120_000,
    );
  });
}
