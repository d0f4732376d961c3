import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Connection, connect } from '../src/tools/database/connect.ts';
import { migrate } from '../src/tools/migrate/migrate.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { revert } from '../src/tools/revert/revert.ts';
import { legacySql } from '../test/support/legacy.ts';
import { asSuperuser, durable, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { type Figure, measurement } from './figure.ts';

const rounds = 21;
const warmUpRounds = 2;
const majors: readonly Major[] = [15, 18];

/** Two databases that differ only in the number of their messages. */
const databases = [
  { name: 'small', messages: 10_000 },
  { name: 'large', messages: 5_000_000 },
] as const;
type Database = (typeof databases)[number];

const renameOfMessages = named('rename_message_tables_2_customer_messages');
const before = named('rename_message_tables_1_customer_message_threads');

/** How the table `messages` gets its new name and leaves a view behind. */
const ways = {
  ours: (url: string) => withSession(url, (connection) => migrate(connection, { lockTimeout: 60_000 })),
  // The statements that both ways have in common, in one message: no statement waits for the client in between.
  bare: (url: string) =>
    withSession(url, ({ exec }) =>
      exec(`BEGIN; ALTER TABLE messages RENAME TO customer_messages; ${viewOfMessages()}; COMMIT`),
    ),
  // The same as people send it: each statement waits for the answer to the previous one.
  byStatement: (url: string) =>
    withSession(url, async ({ query }) => {
      for (const statement of [
        'BEGIN',
        'ALTER TABLE messages RENAME TO customer_messages',
        viewOfMessages(),
        'COMMIT',
      ]) {
        await query(statement);
      }
    }),
} as const;
type Way = keyof typeof ways;

/** Undoes it, so that the next round starts from the same database. */
const waysBack: Readonly<Record<Way, (url: string) => Promise<unknown>>> = {
  ours: (url) => withSession(url, (connection) => revert(connection, { to: before })),
  bare: undoBare,
  byStatement: undoBare,
};

/**
 * How long a rename blocks its table for everybody: with 10 thousand rows compared with 5 million, and compared with the bare statements.
 * And what the view under the old name costs: the same statements through the view and on the table. On servers that wait for the disk,
 * as in production.
 */
export async function benchLocks(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const major of majors) {
    const server = await startServer({
      major,
      settings: { ...durable, max_wal_size: '8GB', checkpoint_timeout: '1d' },
    });
    try {
      for (const database of databases) await fill(server, database);
      figures.push(...(await measureLocks(server)));
      figures.push(...(await measureViews(server)));
    } finally {
      await server.remove();
    }
  }
  return figures;
}

async function measureLocks(server: Server): Promise<Figure[]> {
  const subjects = databases.flatMap((database) =>
    (Object.keys(ways) as Way[]).map((way) => ({ database, way, samples: [] as number[] })),
  );
  for (let round = -warmUpRounds; round < rounds; round++) {
    // Each begins a round in turn, so that none of them always follows the same one.
    const first = (round + warmUpRounds) % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      const milliseconds = await lockTime(server, subject.database, subject.way);
      if (round >= 0) subject.samples.push(milliseconds);
    }
  }
  const found = (database: Database, way: Way) =>
    measurement(subjects.find((subject) => subject.database === database && subject.way === way)?.samples ?? []);
  const rows = ({ messages }: Database) => `${messages.toLocaleString('en-US')} rows`;
  const on = `PostgreSQL ${server.major}: time that a rename locks its table`;
  const [small, large] = databases;
  return [
    {
      name: `${on}, ${rows(large)}`,
      unit: 'ms',
      ours: found(large, 'ours'),
      peer: { name: rows(small), value: found(small, 'ours') },
      limit: 1.3,
      eitherWay: true,
    },
    ...databases.flatMap((database): Figure[] => [
      {
        name: `${on}, ${rows(database)}`,
        unit: 'ms',
        ours: found(database, 'ours'),
        peer: { name: 'ALTER TABLE … RENAME and CREATE VIEW in one message', value: found(database, 'bare') },
        limit: 1.5,
      },
      {
        name: `${on}, ${rows(database)}`,
        unit: 'ms',
        ours: found(database, 'ours'),
        peer: { name: 'the same two, each in a message of its own', value: found(database, 'byStatement') },
      },
    ]),
  ];
}

/**
 * How long the table is blocked for everybody, in milliseconds: from the grant of the exclusive lock to its release after COMMIT. Both are
 * measured on the server's clock. A session that reads the table delays the rename; another one queues behind the rename. When the
 * first one ends its transaction, the rename gets its lock; the other one records when it gets through.
 */
async function lockTime(server: Server, { name }: Database, way: Way): Promise<number> {
  const url = superuserUrl(server, name);
  const [holder, next, observer] = [new pg.Client(url), new pg.Client(url), new pg.Client(url)];
  try {
    for (const client of [holder, next, observer]) await client.connect();
    const waiting = async (count: number) => {
      for (;;) {
        const { rows } = await observer.query(
          `SELECT count(*)::int AS count FROM pg_locks WHERE relation = $1 AND NOT granted`,
          [oid],
        );
        if (rows[0]?.count === count) return;
        await sleep(2);
      }
    };
    await holder.query('BEGIN; SELECT 1 FROM messages LIMIT 1');
    const { rows } = await observer.query(`SELECT 'messages'::regclass::oid::int AS oid`);
    const oid: number = rows[0]?.oid;
    const renamed = ways[way](url);
    await waiting(1);
    const through = next.query(
      'BEGIN; LOCK TABLE messages IN ACCESS SHARE MODE; SELECT extract(epoch FROM clock_timestamp())::float8 AS at; COMMIT',
    );
    await waiting(2);
    const released = await holder.query('SELECT extract(epoch FROM clock_timestamp())::float8 AS at; COMMIT');
    const milliseconds = (timeIn(await through) - timeIn(released)) * 1000;
    await renamed;
    await waysBack[way](url);
    return milliseconds;
  } finally {
    for (const client of [holder, next, observer]) await client.end();
  }
}

/** The time that one of several statements returned; node-postgres returns a list, its types say one. */
function timeIn(results: unknown): number {
  const times = (results as pg.QueryResult<{ at?: number }>[]).flatMap(({ rows }) => rows.map(({ at }) => at));
  const [at] = times.filter((time) => time !== undefined);
  if (at === undefined) throw new Error('bench/migrate.ts: found no time; expected the clock of the server.');
  return at;
}

/** A statement of a service, on a table or on the view under its old name. */
interface Statement {
  readonly text: (relation: string) => string;
  readonly values: (message: string, thread: string) => string[];
}

const byKey: Statement = {
  text: (relation) => `SELECT * FROM ${relation} WHERE id = $1`,
  values: (message) => [message],
};
const latest: Statement = {
  text: (relation) => `SELECT * FROM ${relation} WHERE thread_id = $1 ORDER BY created_at DESC LIMIT 20`,
  values: (_, thread) => [thread],
};
const insert: Statement = {
  text: (relation) =>
    `INSERT INTO ${relation} (thread_id, sender_type, content) VALUES ($1, 'staff', 'bench') RETURNING *`,
  values: (_, thread) => [thread],
};
const update: Statement = {
  text: (relation) => `UPDATE ${relation} SET is_read = NOT is_read WHERE id = $1`,
  values: (message) => [message],
};

/**
 * What sessions send in turns. Named statements are planned once per session, as with drivers that keep statements; others are
 * planned each time, and planning a view takes some hundredths of a millisecond that no view can save: they have no limit.
 */
const work: readonly {
  readonly name: string;
  readonly statements: readonly [Statement, ...Statement[]];
  readonly named: boolean;
  /** How many statements make a slice: long enough to even out, short enough that the machine is the same for two of them. */
  readonly slice: number;
  readonly limited: boolean;
}[] = [
  { name: 'reads', statements: [byKey, latest], named: false, slice: 600, limited: false },
  { name: 'reads, named statements', statements: [byKey, latest], named: true, slice: 600, limited: true },
  { name: 'writes', statements: [insert, update], named: false, slice: 200, limited: false },
  { name: 'writes, named statements', statements: [insert, update], named: true, slice: 200, limited: true },
  // The worst case for the view: the least work with the most planning.
  { name: 'reads of one row by its key', statements: [byKey], named: false, slice: 600, limited: false },
  {
    name: 'reads of one row by its key, named statement',
    statements: [byKey],
    named: true,
    slice: 600,
    limited: false,
  },
];

const sessions = 4;
const slices = 101;

/** The same statements in turns through the view and on its table, in consecutive slices, from several sessions at once. */
async function measureViews(server: Server): Promise<Figure[]> {
  const [{ name: database }] = databases;
  const url = superuserUrl(server, database);
  await withSession(url, (connection) => migrate(connection));
  const clients = Array.from({ length: sessions }, () => new pg.Client(url));
  await Promise.all(clients.map((client) => client.connect()));
  try {
    const ids = async (table: string) => {
      const { rows } = await asSuperuser(
        server,
        (client) => client.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id LIMIT 5000`),
        database,
      );
      return rows.map(({ id }) => id);
    };
    const [messages, threads] = [await ids('customer_messages'), await ids('customer_message_threads')];
    const at = <T>(list: readonly T[], number: number) => list[number % list.length] as T;
    const figures: Figure[] = [];
    for (const [workload, { name, statements, named, slice, limited }] of work.entries()) {
      const samples = { messages: [] as number[], customer_messages: [] as number[] };
      const relations = ['messages', 'customer_messages'] as const;
      for (let round = -warmUpRounds; round < slices; round++) {
        for (const relation of round % 2 === 0 ? relations : relations.toReversed()) {
          const began = performance.now();
          await Promise.all(
            clients.map(async (client, session) => {
              for (let number = 0; number < slice / sessions; number++) {
                const { text, values } = at(statements, number);
                const row = number * sessions + session;
                await client.query({
                  ...(named && {
                    name: `${workload} ${number % statements.length} ${relation}`,
                  }),
                  text: text(relation),
                  values: values(at(messages, row), at(threads, row)),
                });
              }
            }),
          );
          const milliseconds = ((performance.now() - began) / slice) * 1000;
          if (round >= 0) samples[relation].push(milliseconds);
        }
      }
      figures.push({
        name: `PostgreSQL ${server.major}: 1,000 statements through a view, ${name}`,
        unit: 'ms',
        ours: measurement(samples.messages),
        peer: { name: 'its table', value: measurement(samples.customer_messages) },
        // The time for a throughput of 0.97, rounded down.
        ...(limited && { limit: 1.03 }),
      });
    }
    return figures;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function undoBare(url: string): Promise<void> {
  await withSession(url, ({ exec }) =>
    exec('BEGIN; DROP VIEW messages; ALTER TABLE customer_messages RENAME TO messages; COMMIT'),
  );
}

/** The view under the old name, created after the table has the new one: the migration creates it before, under a temporary name. */
function viewOfMessages(): string {
  const statement = readMigrations()
    .find(({ name }) => name === renameOfMessages)
    ?.statements.find((text) => text.startsWith('CREATE VIEW "messages_renaming" '));
  if (!statement) throw new Error(`${renameOfMessages}: found no CREATE VIEW; expected the view under the old name.`);
  return statement
    .replace('"messages_renaming"', '"messages"')
    .replace(' from "messages")', ' from "customer_messages")')
    .replace(/;$/, '');
}

/** The full name of a migration, given the part after its time. */
function named(name: string): string {
  const found = readMigrations().find((migration) => migration.name.endsWith(`_${name}`));
  if (!found) throw new Error(`drizzle/: found no migration ${name}; expected the one that bench/migrate.ts times.`);
  return found.name;
}

async function withSession<T>(url: string, run: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  return run(connection).finally(() => connection.close());
}

/** Creates the legacy database with this many messages, migrated up to the rename of messages. */
async function fill(server: Server, { name, messages }: Database): Promise<void> {
  await asSuperuser(server, (client) =>
    client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`),
  );
  await asSuperuser(
    server,
    async (client) => {
      await client.query(legacySql());
      // Every thread exists: checking that 5 million times would only take time.
      await client.query(`SET session_replication_role = 'replica'`);
      await client.query(`
        INSERT INTO messages (thread_id, sender_type, content, created_at)
        SELECT threads.ids[1 + number % cardinality(threads.ids)], 'staff', repeat(md5('content ' || number), 3),
          timestamptz '2025-01-01' + number * interval '1 second'
        FROM generate_series(1, ${messages} - (SELECT count(*) FROM messages)) AS number,
          (SELECT array_agg(id) AS ids FROM message_threads) AS threads`);
      await client.query('RESET session_replication_role');
      await client.query('VACUUM (ANALYZE)');
      await client.query('CHECKPOINT');
      const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM messages');
      if (Number(rows[0]?.count) !== messages) {
        throw new Error(`messages: found ${rows[0]?.count}; expected ${messages}.`);
      }
    },
    name,
  );
  const url = superuserUrl(server, name);
  await withSession(url, (connection) => migrate(connection));
  await withSession(url, (connection) => revert(connection, { to: before }));
}
