import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundles, bundleInProject } from './bundle.ts';
import { eachOfFewMajors, majors, serverOf, thorough } from './databases.ts';
import { asSuperuser, createDatabase, durable, type Server, startServer, superuserUrl } from './servers.ts';

const newest = majors.at(-1) ?? 18;

eachOfFewMajors((major) => {
  test('the server is of that version, in the C locale, with UTF-8 and UTC', async () => {
    const settings = await asSuperuser(serverOf(major), async (client) => {
      const { rows } = await client.query(`
        SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_encoding') AS encoding,
          datcollate AS collation, datctype AS ctype, current_setting('TimeZone') AS "timeZone"
        FROM pg_database WHERE datname = current_database()`);
      return rows[0];
    });
    expect(settings).toEqual({ major, encoding: 'UTF8', collation: 'C', ctype: 'C', timeZone: 'UTC' });
  });

  test('pg_stat_statements counts statements', async () => {
    const database = await createDatabase(serverOf(major));
    const calls = await asSuperuser(
      serverOf(major),
      async (client) => {
        await client.query('CREATE EXTENSION pg_stat_statements');
        await client.query('SELECT 1 AS counted');
        await client.query('SELECT 2 AS counted');
        const { rows } = await client.query(
          `SELECT calls::int FROM pg_stat_statements WHERE query LIKE 'SELECT $1 AS counted'
            AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        );
        return rows;
      },
      database.name,
    );
    await database.drop();
    expect(calls).toEqual([{ calls: 2 }]);
  });

  test('a wrong password is refused', async () => {
    const client = new pg.Client(superuserUrl({ ...serverOf(major), password: 'wrong' }, 'postgres'));
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  test('a dropped database is gone, also while a session is open in it', async () => {
    const database = await createDatabase(serverOf(major));
    const client = new pg.Client(database.url);
    client.on('error', () => {});
    await client.connect();
    await database.drop();
    await expect(new pg.Client(database.url).connect()).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('a server of its own', () => {
  let server: Server;

  beforeAll(async () => {
    server = await startServer({ major: newest, settings: { ...durable, work_mem: '7MB' } });
    await asSuperuser(server, (client) => client.query('CREATE TABLE kept (id int PRIMARY KEY)'));
  });

  afterAll(() => server.remove());

  const keptIds = () =>
    asSuperuser(server, async (client) =>
      (await client.query('SELECT id FROM kept ORDER BY id')).rows.map(({ id }) => id),
    );

  test('has the settings that were asked for', async () => {
    const { rows } = await asSuperuser(server, (client) =>
      client.query(`SELECT current_setting('work_mem') AS memory, current_setting('fsync') AS fsync`),
    );
    expect(rows).toEqual([{ memory: '7MB', fsync: 'on' }]);
  });

  test.for(['fast', 'immediate'] as const)(
    'comes back on the same port after a stop (%s), with what was committed',
    async (mode) => {
      const id = mode === 'fast' ? 1 : 2;
      await asSuperuser(server, (client) => client.query('INSERT INTO kept VALUES ($1)', [id]));
      await server.stop(mode);
      await expect(asSuperuser(server, async () => {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await server.start();
      expect(await keptIds()).toContain(id);
    },
  );

  test('a kill ends statements under way; what they did is not there afterwards', async () => {
    const client = new pg.Client(superuserUrl(server, 'postgres'));
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN; INSERT INTO kept VALUES (3)');
    const cut = expect(client.query('SELECT pg_sleep(30); COMMIT')).rejects.toThrow();
    await server.kill();
    await cut;
    await server.start();
    expect(await keptIds()).not.toContain(3);
    expect(server.log()).toContain('database system was not properly shut down');
  });

  test('starting it while it runs changes nothing', async () => {
    await server.start();
    expect(await keptIds()).toBeInstanceOf(Array);
  });
});

test('a removed server leaves nothing behind', async () => {
  const server = await startServer({ major: newest });
  await server.remove();
  expect(existsSync(dirname(server.dataDirectory))).toBe(false);
  await expect(asSuperuser(server, async () => {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a server that cannot start says why', async () => {
  const start = startServer({ major: newest, settings: { max_connections: 'many' } });
  await expect(start).rejects.toThrow(/invalid value for parameter "max_connections": "many"/);
});

describe('a server goes with the process that started it', () => {
  let bundles: Bundles;
  beforeAll(async () => {
    bundles = await bundleInProject('servers', { servers: 'test/support/servers.ts' });
  });
  afterAll(() => bundles.remove());

  // Its pipe tells the guard of each end alike: a short run ends it in the way that no process can notice.
  test.for(thorough ? (['SIGKILL', 'SIGTERM', 'SIGINT'] as const) : (['SIGKILL'] as const))('%s', async (signal) => {
    const program = `
    import { startServer } from ${JSON.stringify(pathToFileURL(`${bundles.folder}/servers.mjs`).href)};
    const server = await startServer({ major: ${newest} });
    console.log(JSON.stringify({ port: server.port, dataDirectory: server.dataDirectory }));
    setInterval(() => {}, 1000);
  `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const { port, dataDirectory } = JSON.parse(String(line));
    expect(existsSync(dataDirectory)).toBe(true);

    child.kill(signal);
    const deadline = Date.now() + 20_000;
    while (existsSync(dirname(dataDirectory)) && Date.now() < deadline) await sleep(20);
    expect(existsSync(dirname(dataDirectory))).toBe(false);
    const server = { major: newest, host: '127.0.0.1', port, user: 'postgres', password: '' };
    await expect(asSuperuser(server, async () => {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
