import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Conflict } from '../../src/errors.ts';
import { filledTables } from '../../src/identity/access/sql/fill-stations.ts';
import { seededTables } from '../../src/identity/access/sql/seed.ts';
import type { TableRename } from '../../src/registry/renames.ts';
import { tableRenames } from '../../src/registry/table-renames.ts';
import { relations } from '../../src/relations.ts';
import { baseline } from '../../src/tools/baseline/baseline.ts';
import { checksumTables, listTables, type TableChecksum } from '../../src/tools/database/checksum.ts';
import { type Connection, connect } from '../../src/tools/database/connect.ts';
import type { Query } from '../../src/tools/database/query.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** What one step of the demo did, and how long it took in milliseconds. */
export interface DemoStep {
  readonly step: string;
  readonly result: string;
  readonly milliseconds: number;
}

/** A table before and after: its name, and its content. */
export interface DemoTable {
  readonly before: TableChecksum;
  readonly after: TableChecksum;
}

/** A booking as the demo reads it: over four relations, typed without a declaration of its own. */
export interface DemoBooking {
  readonly id: string;
  readonly customer: string;
  readonly station: string;
  readonly thread: string;
  readonly messages: number;
}

export interface DemoReport {
  readonly steps: readonly DemoStep[];
  readonly tables: readonly DemoTable[];
  readonly booking: DemoBooking;
}

/**
 * Migrates the legacy database to the canonical names on an empty database, as a pipeline would, and proves that nothing is lost.
 *
 * @param url An empty database: `pglite:<folder>` or `postgres://…`.
 * @param onStep Called before each step with what it is about to do.
 * @throws {Conflict} if a table differs, an old name does not work, or models and database disagree.
 */
export async function demo(url: string, onStep: (step: string) => void = () => {}): Promise<DemoReport> {
  const steps: DemoStep[] = [];
  const timed = async <Result>(step: string, work: () => Promise<Result>, result: (of: Result) => string) => {
    onStep(step);
    const started = performance.now();
    const value = await work();
    steps.push({ step, result: result(value), milliseconds: performance.now() - started });
    return value;
  };
  const connected = async <Result>(work: (connection: Connection) => Promise<Result>) => {
    const connection = await connect(url);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  };

  const { before, rowsBefore } = await connected(async ({ query, exec }) => {
    await timed(
      'restore the legacy database',
      async () => {
        for (const file of ['legacy-schema.sql', 'legacy-data.sql']) {
          await exec(readFileSync(join(root, 'test/fixtures/legacy', file), 'utf8'));
        }
        return listTables(query);
      },
      (tables) => `${tables.length} tables`,
    );
    const sums = await timed(
      'count and sum up every table',
      async () => checksumTables(query, await listTables(query)),
      (tables) => `${tables.reduce((rows, table) => rows + table.rows, 0)} rows`,
    );
    await timed(
      'record the baseline',
      async () => {
        const report = await baseline(query);
        if (report.status !== 'recorded') throw failure('the legacy database', report.status, 'recorded');
        return report;
      },
      ({ tables, migration }) => `${tables} tables match ${migration}`,
    );
    return { before: sums, rowsBefore: await idsOfSeededTables(query) };
  });

  await timed(
    'drizzle-kit migrate',
    () => kit(url, 'migrate'),
    () => `${tableRenames.length} tables renamed`,
  );
  await timed(
    'drizzle-kit push --explain',
    async () => {
      const answer = (await kit(url, 'push', '--explain', '--output', 'json')).split('\n').at(-1) ?? '';
      const { status } = JSON.parse(answer) as { status: string };
      if (status !== 'no_changes') throw failure('models and database', answer, 'no_changes');
      return status;
    },
    () => 'no drift',
  );

  const tables = await connected(async ({ query }) => {
    const compared = await timed(
      'compare every table',
      () => compareTables(query, before, rowsBefore),
      (all) => `${all.length} of ${before.length} equal`,
    );
    await timed(
      'read and write through each old name',
      async () => {
        for (const entry of tableRenames) await useOldName(query, entry);
      },
      () => `${tableRenames.length} of ${tableRenames.length} answer`,
    );
    return compared;
  });
  const booking = await timed(
    'query over relations',
    () => readBooking(url),
    ({ customer, station, messages }) => `a booking of ${customer} at ${station}, messages: ${messages}`,
  );
  return { steps, tables, booking };
}

/** The ids of the existing rows in tables to which a migration adds rows: only those are compared. */
async function idsOfSeededTables(query: Query): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, readonly string[]>();
  for (const table of seededTables) {
    const { rows } = await query(`SELECT id::text AS id FROM ${table}`);
    ids.set(
      table,
      rows.map(({ id }) => String(id)),
    );
  }
  return ids;
}

async function compareTables(
  query: Query,
  before: readonly TableChecksum[],
  rowsBefore: ReadonlyMap<string, readonly string[]>,
): Promise<DemoTable[]> {
  const canonicalName = (table: string) => tableRenames.find(({ from }) => from === table)?.to ?? table;
  const after = await checksumTables(
    query,
    before.map(({ table }) => canonicalName(table)),
    rowsBefore,
    new Map(filledTables.map((table) => [table, 'station_id'])),
  );
  return before.map((table, index) => {
    const now = after[index];
    if (!now || now.rows !== table.rows || now.checksum !== table.checksum) {
      throw failure(
        canonicalName(table.table),
        `${now?.rows} rows, checksum ${now?.checksum}`,
        `${table.rows} rows, checksum ${table.checksum}, as in ${table.table} before`,
      );
    }
    return { before: table, after: now };
  });
}

/** Reads, inserts with RETURNING, updates and deletes through an old name, and rolls everything back. */
async function useOldName(query: Query, { from, to }: TableRename): Promise<void> {
  const count = async (table: string) =>
    Number((await query(`SELECT count(*) AS rows FROM ${table}`)).rows[0]?.['rows']);
  const rows = await count(from);
  if (rows === 0 || rows !== (await count(to))) throw failure(from, `${rows} rows`, `the rows of ${to}`);
  await query('BEGIN');
  try {
    const copied = await query(copyOfOneRow(from));
    const id = copied.rows[0]?.['id'];
    const written = await query(`SELECT 1 FROM ${to} WHERE id = $1`, [id]);
    const updated = await query(`UPDATE ${from} SET id = id WHERE id = $1 RETURNING id`, [id]);
    const deleted = await query(`DELETE FROM ${from} WHERE id = $1 RETURNING id`, [id]);
    for (const { rows: answer } of [copied, written, updated, deleted]) {
      if (answer.length !== 1) throw failure(from, `${answer.length} rows`, 'one row inserted, updated and deleted');
    }
  } finally {
    await query('ROLLBACK');
  }
}

/** Inserts a copy of a row with another primary key, and with other values in its unique columns. */
function copyOfOneRow(table: string): string {
  const unique: Readonly<Record<string, string>> = {
    'identity.social_accounts': 'provider_account_id',
    'public.social_accounts': 'page_id',
    'public.social_identities': 'handle',
    'public.social_threads': 'thread_ref',
  };
  const column = unique[table];
  const changed = `jsonb_build_object('id', gen_random_uuid()${column ? `, '${column}', gen_random_uuid()` : ''})`;
  return `
    INSERT INTO ${table}
    SELECT copy.* FROM (SELECT * FROM ${table} LIMIT 1) AS original,
      jsonb_populate_record(NULL::${table}, to_jsonb(original) || ${changed}) AS copy
    RETURNING id`;
}

/** The database through Drizzle, with the relations of the package. */
async function openDrizzle(url: string) {
  if (!url.startsWith('pglite:')) {
    const { drizzle } = await import('drizzle-orm/node-postgres');
    const database = drizzle(url, { relations });
    return { database, close: () => database.$client.end() };
  }
  const { drizzle } = await import('drizzle-orm/pglite');
  const database = drizzle(url.slice('pglite:'.length), { relations });
  return { database, close: () => database.$client.close() };
}

async function readBooking(url: string): Promise<DemoBooking> {
  const { database, close } = await openDrizzle(url);
  try {
    const booking = await database.query.Booking.findFirst({
      where: { station: { name: { isNotNull: true } }, customer: { messageThreads: { messages: { isRead: true } } } },
      with: { station: true, customer: { with: { messageThreads: { with: { messages: true } } } } },
      orderBy: { id: 'asc' },
    });
    const thread = booking?.customer.messageThreads.find(({ messages }) => messages.length > 0);
    if (!booking?.station || !thread)
      throw failure('bookings', 'none with station, thread and messages', 'one at least');
    return {
      id: booking.id,
      customer: `${booking.customer.firstName} ${booking.customer.lastName}`,
      station: booking.station.name,
      thread: thread.subject ?? thread.id,
      messages: thread.messages.length,
    };
  } finally {
    await close();
  }
}

/** Runs the drizzle-kit binary on the package's configuration, as a pipeline does. */
async function kit(url: string, ...parameters: string[]): Promise<string> {
  const bin = join(dirname(fileURLToPath(import.meta.resolve('drizzle-kit'))), 'bin.cjs');
  const config = join(root, 'drizzle.config.ts');
  try {
    const { stdout } = await run(process.execPath, [bin, ...parameters, '--config', config], {
      cwd: root,
      env: { ...process.env, DATABASE_URL: url },
    });
    return stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw failure(`drizzle-kit ${parameters[0]}`, `${stdout}${stderr}`.trim() || String(error), 'exit code 0');
  }
}

function failure(object: string, found: string, expected: string): Conflict {
  return new Conflict({
    object,
    found,
    expected,
    next: 'keep this database and compare it with its backup',
  });
}
