import pg from 'pg';
import { type BaselineReport, baseline } from '../src/tools/baseline/baseline.ts';
import { type Query, queryOf } from '../src/tools/database/query.ts';
import { type Migration, readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { recordStatement } from '../src/tools/migrations/record.ts';
import { inverseOf, isRename } from '../src/tools/revert/inverse.ts';
import { legacySql } from '../test/support/legacy.ts';
import { asSuperuser, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { type Figure, measurement } from './figure.ts';

const rounds = 21;
const warmUpRounds = 2;
const majors: readonly Major[] = [15, 18];

/** The two compared databases: they differ only in the number of their messages. */
const databases = [
  { name: 'small', messages: 10_000 },
  { name: 'large', messages: 2_000_000 },
] as const;
type Database = (typeof databases)[number];

/** `each` migration in a transaction of its own, or `all` in one, which is how drizzle-kit migrate runs what is pending. */
type Transactions = 'each' | 'all';

/** How long each step took, in milliseconds, by its name. */
type Steps = ReadonlyMap<string, number>;

const renameMigrations = readMigrations().filter(isRename);
const recording = 'baseline recorded';

/**
 * Whether migrating a legacy database to the canonical names takes longer if it holds more rows: the baseline is checked and
 * recorded, then the renaming migrations run, with 10 thousand messages and with 2 million. On servers of their own, which do
 * not wait for the disk, so that only their work is measured; the two databases take turns, each round in a new session. The start
 * of a process and its connection are the same for both and would hide a difference, so they don't count.
 */
export async function benchMigration(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const major of majors) {
    const server = await startServer({ major, settings: { max_wal_size: '8GB', checkpoint_timeout: '1d' } });
    try {
      for (const database of databases) await fill(server, database);
      figures.push(...(await measure(server)));
    } finally {
      await server.remove();
    }
  }
  return figures;
}

async function measure(server: Server): Promise<Figure[]> {
  const samples: Record<Transactions, Record<Database['name'], Steps[]>> = {
    each: { small: [], large: [] },
    all: { small: [], large: [] },
  };
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const transactions of ['each', 'all'] as const) {
      for (const { name } of round % 2 === 0 ? databases : databases.toReversed()) {
        const steps = await asSuperuser(server, (client) => migrate(queryOf(client), transactions), name);
        if (round >= 0) samples[transactions][name].push(steps);
        await asSuperuser(server, (client) => undo(queryOf(client)), name);
      }
    }
  }

  const label = (database: Database) => `${database.messages.toLocaleString('en-US')} messages`;
  const [small, large] = databases;
  const on = `PostgreSQL ${server.major}, ${label(large)}`;
  const beside = (transactions: Transactions, time: (steps: Steps) => number) => ({
    unit: 'ms' as const,
    ours: measurement(samples[transactions].large.map(time)),
    peer: { name: label(small), value: measurement(samples[transactions].small.map(time)) },
  });
  const within = { limit: 1.3, eitherWay: true } as const;
  const total = (steps: Steps) => sum([...steps.values()]);
  const renames = (steps: Steps) => total(steps) - step(steps, recording);
  return [
    { name: `${on}: migration set`, ...beside('each', total), ...within },
    { name: `${on}: migration set, renames in one transaction`, ...beside('all', total), ...within },
    { name: `${on}: renames alone`, ...beside('each', renames), ...within },
    ...[recording, ...renameMigrations.map(shortName)].map((name) => ({
      name: `${on}: ${name}`,
      ...beside('each', (steps: Steps) => step(steps, name)),
    })),
    {
      name: `${on}: size of the table and its indexes`,
      unit: 'MB',
      ours: measurement([await megabytes(server, large)]),
      peer: { name: label(small), value: measurement([await megabytes(server, small)]) },
    },
  ];
}

/** Records the baseline, then runs every rename after it, and times each step with its commit. */
async function migrate(query: Query, transactions: Transactions): Promise<Steps> {
  const steps = new Map<string, number>();
  let started = performance.now();
  const lap = (name: string) => {
    const now = performance.now();
    steps.set(name, (steps.get(name) ?? 0) + now - started);
    started = now;
  };

  const report: BaselineReport = await baseline(query);
  if (report.status !== 'recorded') throw new Error(`baseline: found ${JSON.stringify(report)}; expected "recorded".`);
  lap(recording);

  const groups = transactions === 'each' ? renameMigrations.map((migration) => [migration]) : [renameMigrations];
  for (const group of groups) {
    await query('BEGIN');
    for (const [index, migration] of group.entries()) {
      for (const statement of migration.statements) await query(statement);
      await query(recordStatement(migration));
      if (index === group.length - 1) await query('COMMIT');
      lap(shortName(migration));
    }
  }
  return steps;
}

/** Undoes every rename, so that the next round starts from the legacy names again. The baseline check there verifies it. */
async function undo(query: Query): Promise<void> {
  await query('BEGIN');
  for (const migration of renameMigrations.toReversed()) {
    for (const statement of inverseOf(migration)) await query(statement);
  }
  await query('DROP SCHEMA drizzle CASCADE');
  await query('COMMIT');
}

/** Creates the legacy database with this many messages, of some 200 bytes each, in its existing threads. */
async function fill(server: Server, { name, messages }: Database): Promise<void> {
  await asSuperuser(server, (client) =>
    client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`),
  );
  const client = new pg.Client(superuserUrl(server, name));
  await client.connect();
  try {
    await client.query(legacySql());
    // Every thread exists: checking that 2 million times would only take time.
    await client.query(`SET session_replication_role = 'replica'`);
    await client.query(`
      INSERT INTO messages (thread_id, sender_type, sender_id, content, is_read, message_metadata, created_at)
      SELECT
        threads.ids[1 + number % cardinality(threads.ids)],
        CASE number % 2 WHEN 0 THEN 'customer' ELSE 'staff' END,
        md5('sender ' || number),
        repeat(md5('content ' || number), 3),
        number % 3 = 0,
        jsonb_build_object('source', 'web_chat', 'number', number),
        timestamptz '2025-01-01' + number * interval '1 second'
      FROM
        generate_series(1, ${messages} - (SELECT count(*) FROM messages)) AS number,
        (SELECT array_agg(id) AS ids FROM message_threads) AS threads`);
    await client.query('RESET session_replication_role');
    await client.query('VACUUM (ANALYZE)');
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM messages');
    if (Number(rows[0]?.count) !== messages)
      throw new Error(`messages: found ${rows[0]?.count}; expected ${messages}.`);
  } finally {
    await client.end();
  }
}

async function megabytes(server: Server, { name }: Database): Promise<number> {
  const { rows } = await asSuperuser(
    server,
    (client) => client.query<{ bytes: string }>(`SELECT pg_total_relation_size('messages') AS bytes`),
    name,
  );
  return Number(rows[0]?.bytes) / 1_000_000;
}

/** The table that a migration renames, from the end of its name, as in `customer_messages`. */
function shortName({ name }: Migration): string {
  return name.replace(/^\d+_.*_\d+_/, 'rename to ');
}

function step(steps: Steps, name: string): number {
  const milliseconds = steps.get(name);
  if (milliseconds === undefined) throw new Error(`bench/migration.ts: found no step "${name}".`);
  return milliseconds;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
