import { getTableConfig } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NotSetUp } from '../../../src/errors.ts';
import { models } from '../../../src/registry/models.ts';
import { queryOf } from '../../../src/tools/database/query.ts';
import { MigrateFailure } from '../../../src/tools/migrate/index.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { eachOfFewMajors, thorough, withConnection } from '../../support/databases.ts';
import { legacySql } from '../../support/legacy.ts';
import { applyMigrations, migrationsAfterBaseline } from '../../support/migrate.ts';
import { type Server, startServer, superuserUrl } from '../../support/servers.ts';

/** How many policies the models have. */
const policies = models().flatMap(({ table }) => getTableConfig(table).policies).length;

/** The place of the migration that makes the roles. */
const made = migrationsAfterBaseline.findIndex(({ name }) => name.endsWith('_station_access_identity'));

const dropRoles = 'DROP ROLE IF EXISTS station_service_every, station_service_assigned, station_service';

eachOfFewMajors((major) => {
  let server: Server;
  let admin: pg.Client;
  beforeAll(async () => {
    server = await startServer({ major });
    admin = new pg.Client(superuserUrl(server, 'postgres'));
    await admin.connect();
    await admin.query('CREATE DATABASE legacy');
    await withConnection(superuserUrl(server, 'legacy'), ({ exec }) => exec(legacySql()));
    await admin.query('CREATE DATABASE before_roles TEMPLATE legacy');
    await withConnection(superuserUrl(server, 'before_roles'), ({ query }) =>
      applyMigrations(query, migrationsAfterBaseline.slice(0, made)),
    );
  });
  afterAll(async () => {
    await admin.end();
    await server.remove();
  });

  /** A database that a role without further rights owns, at the legacy schema. */
  const legacyDatabaseOf = async (role: string, name: string) => {
    await admin.query(`CREATE DATABASE ${name} OWNER ${role}`);
    const url = new URL(superuserUrl(server, name));
    url.username = role;
    url.password = 'x';
    const client = new pg.Client(url.href);
    await client.connect();
    await client.query(legacySql());
    await client.end();
    return url.href;
  };
  const gone = async (...names: string[]) => {
    for (const name of names) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  };

  const together = thorough ? 8 : 4;
  test(`${together} databases of a server create them at the same moment`, async () => {
    const names = Array.from({ length: together }, (_, number) => `together_${number}`);
    for (const name of names) {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${name === names[0] ? 'legacy' : 'template1'}`);
    }
    const reports = await Promise.all(
      names.map((name) => withConnection(superuserUrl(server, name), (connection) => migrate(connection))),
    );
    expect(reports.map(({ state, interrupted }) => `${state} ${interrupted}`).sort()).toEqual([
      ...Array(together - 1).fill('empty false'),
      'legacy false',
    ]);
    const { rows } = await admin.query(
      `SELECT rolname, rolcanlogin OR rolsuper OR rolbypassrls AS unsafe FROM pg_roles WHERE rolname LIKE 'station\\_%' ORDER BY 1`,
    );
    expect(rows).toEqual(
      ['station_service', 'station_service_assigned', 'station_service_every'].map((rolname) => ({
        rolname,
        unsafe: false,
      })),
    );

    // Policies of one database affect neither the roles nor the other databases.
    await withConnection(superuserUrl(server, 'together_1'), async ({ query, exec }) => {
      const { rows: policies } = await query(
        `SELECT format('DROP POLICY %I ON %I.%I', policyname, schemaname, tablename) AS statement FROM pg_policies`,
      );
      await exec(policies.map(({ statement }) => String(statement)).join(';'));
    });
    await admin.query('DROP DATABASE together_2');
    await withConnection(superuserUrl(server, 'together_3'), async ({ query }) => {
      expect((await query(`SELECT count(*)::int AS n FROM pg_policies`)).rows).toEqual([{ n: policies }]);
      expect((await query(`SELECT to_regrole('station_service') IS NOT NULL AS here`)).rows).toEqual([{ here: true }]);
    });
    await gone(...names.filter((name) => name !== 'together_2'));
    await admin.query(dropRoles);
  });

  describe('a role that migrates', () => {
    test('without the right to create roles is told what an administrator has to run', async () => {
      await admin.query(`CREATE ROLE deployer LOGIN PASSWORD 'x'`);
      const url = await legacyDatabaseOf('deployer', 'without_right');
      const client = new pg.Client(url);
      await client.connect();
      try {
        const failure = await withConnection(url, (connection) => migrate(connection)).catch(
          (thrown: unknown) => thrown,
        );
        expect(failure).toBeInstanceOf(MigrateFailure);
        expect((failure as MigrateFailure).cause).toBeInstanceOf(NotSetUp);
        const { message, next } = failure as MigrateFailure;
        expect(message).toContain('role station_service: found none, and deployer may not create roles');
        const [, statements = ''] = /once a server: (.*) Then migrate again\./.exec(next) ?? [];
        expect(statements.split(';')).toHaveLength(4);
        await admin.query(statements);
        const { rows } = await client.query(`SELECT to_regclass('public.customer_messages') IS NOT NULL AS renamed`);
        expect(rows).toEqual([{ renamed: false }]);
        await withConnection(url, (connection) => migrate(connection));
        expect((await client.query('SELECT count(*)::int AS n FROM pg_policies')).rows).toEqual([{ n: policies }]);
      } finally {
        await client.end();
        await gone('without_right');
        await admin.query(`${dropRoles}; DROP ROLE deployer`);
      }
    });

    test('with the right to create roles needs nobody else', async () => {
      await admin.query(`CREATE ROLE deployer LOGIN CREATEROLE PASSWORD 'x'`);
      const url = await legacyDatabaseOf('deployer', 'with_right');
      const report = await withConnection(url, (connection) => migrate(connection));
      expect(report.state).toBe('legacy');
      await gone('with_right');
      await admin.query(`${dropRoles}; DROP OWNED BY deployer; DROP ROLE deployer`);
    });
  });

  test.each([
    'CREATE ROLE station_service LOGIN NOINHERIT',
    'CREATE ROLE station_service NOLOGIN NOINHERIT BYPASSRLS',
    'CREATE ROLE station_service NOLOGIN',
    'CREATE ROLE station_service NOLOGIN NOINHERIT; CREATE ROLE station_service_every NOLOGIN SUPERUSER',
    'CREATE ROLE station_service NOLOGIN NOINHERIT; CREATE ROLE station_service_every NOLOGIN',
    'CREATE ROLE station_service NOLOGIN; CREATE ROLE station_service_assigned NOLOGIN ROLE station_service',
  ])('%s: the migration stops, and its hint fixes it', async (statements) => {
    await admin.query(statements);
    await admin.query('CREATE DATABASE unsafe TEMPLATE before_roles');
    const client = new pg.Client(superuserUrl(server, 'unsafe'));
    await client.connect();
    try {
      const run = () => applyMigrations(queryOf(client), migrationsAfterBaseline.slice(made, made + 1));
      const error = await run().catch((thrown: unknown) => thrown as { message: string; hint?: string });
      expect(error?.message).toMatch(/^roles station_service, .*: found one that logs in/);
      const [, fix = ''] = /An administrator runs: (.*) Then migrate again\./.exec(error?.hint ?? '') ?? [];
      expect(fix).not.toBe('');
      await admin.query(fix);
      await run();
    } finally {
      await client.end();
      await gone('unsafe');
      await admin.query(dropRoles);
    }
  });
});
