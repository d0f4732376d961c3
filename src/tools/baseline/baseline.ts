import { renames } from '../../renames.ts';
import { type DatabaseDescription, type Difference, describeDatabase, differences } from '../database/describe.ts';
import type { Query } from '../database/query.ts';
import { Failure } from '../failure.ts';
import { type Migration, readMigrations } from '../migrations/migrations-folder.ts';
import { appliedMigrations, createRecord, recordMigration, recordTable } from '../migrations/record.ts';
import expected from './expected.json' with { type: 'json' };

/** What `baseline` found, and did where it could. */
export type BaselineReport =
  /** The tables are those of the baseline, and it is now recorded as applied. */
  | { readonly status: 'recorded'; readonly migration: string; readonly tables: number }
  /** The record has it already. Nothing was written. */
  | { readonly status: 'already-recorded'; readonly migration: string }
  /** None of the tables is there: the baseline is still to run. Nothing was written. */
  | { readonly status: 'empty'; readonly migration: string }
  /** Something is not as the baseline leaves it. Nothing was written. */
  | { readonly status: 'differs'; readonly migration: string; readonly differences: readonly Difference[] };

const expectedObjects = expected.objects as unknown as DatabaseDescription;

/**
 * Takes over a database that had the tables before this package: checks that they are those of the baseline, then records the
 * baseline as applied, so that `drizzle-kit migrate` goes on from there. All in one transaction, one run at a time.
 *
 * @param query One session, outside a transaction.
 * @throws {Failure} with exit code 1 where the record is of other migrations; with exit code 2 where the session is read-only, or
 * its role may not alter the tables or make the record.
 *
 * @example
 * import { baseline, connect } from 'canonical-models/baseline';
 *
 * const connection = await connect(process.env.DATABASE_URL);
 * const report = await baseline(connection.query).finally(() => connection.close());
 */
export async function baseline(query: Query): Promise<BaselineReport> {
  const migration = readMigrations()[0] as Migration;
  await query('BEGIN');
  try {
    await query(`SELECT pg_advisory_xact_lock(hashtext('${recordTable}'))`);
    const report = await inspect(query, migration);
    if (report.status === 'recorded') {
      await assertMayRecord(query);
      await createRecord(query);
      await recordMigration(query, migration);
    }
    await query('COMMIT');
    return report;
  } catch (error) {
    await query('ROLLBACK').catch(() => {});
    throw databaseFailure(error);
  }
}

async function inspect(query: Query, migration: Migration): Promise<BaselineReport> {
  const applied = (await appliedMigrations(query)) ?? [];
  if (applied.length > 0) {
    const recorded = applied.find(({ hash }) => hash === migration.hash);
    if (recorded) return { status: 'already-recorded', migration: migration.name };
    throw new Failure({
      object: recordTable,
      found: `${applied.length} migrations, the first ${applied[0]?.name ?? applied[0]?.hash}`,
      expected: `${migration.name} (${migration.hash}), or no record at all`,
      next: 'check that this is the right database; a record of other migrations is never taken over',
      exitCode: 1,
    });
  }

  const names = new Set(expectedObjects.map(({ name }) => name));
  const ofBaseline = ({ name, table }: DatabaseDescription[number]) => names.has(table ?? name);
  const all = await describeDatabase(query);
  const found = all.filter(ofBaseline);
  const isHere = ({ kind }: DatabaseDescription[number]) => kind === 'table' || kind === 'view' || kind === 'enum';
  const canonical = renames.flatMap((entry) => (entry.kind === 'table' ? [entry] : []));
  const renamed = canonical.filter(({ to }) => all.some(({ kind, name }) => kind === 'table' && name === to));
  if (!found.some(isHere) && renamed.length === 0) return { status: 'empty', migration: migration.name };

  const different = differences(expectedObjects, found).map((difference) => {
    const byHand = renamed.find(({ from }) => from === difference.object && difference.found === null);
    return byHand ? { ...difference, found: `${byHand.to}: it has its canonical name already` } : difference;
  });
  if (different.length > 0) return { status: 'differs', migration: migration.name, differences: different };
  const tables = found.filter(({ kind }) => kind === 'table').length;
  return { status: 'recorded', migration: migration.name, tables };
}

/** Says what the role lacks before anything is written: here, and at the migrations that follow. */
async function assertMayRecord(query: Query): Promise<void> {
  const { rows } = await query(
    `SELECT current_user AS role, current_database() AS database,
       pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only,
       has_database_privilege(current_database(), 'CREATE')
         OR (to_regnamespace('drizzle') IS NOT NULL AND has_schema_privilege(to_regnamespace('drizzle'), 'CREATE')) AS may_create,
       (SELECT array_to_json(array_agg(json_build_array(c.oid::regclass::text, pg_get_userbyid(relowner)) ORDER BY c.oid::regclass::text))
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind = 'r' AND n.nspname || '.' || relname = ANY ($1::text[])
          AND NOT pg_has_role(relowner, 'USAGE')) AS foreign_tables`,
    [expectedObjects.filter(({ kind }) => kind === 'table').map(({ name }) => name)],
  );
  const {
    role,
    database,
    standby,
    read_only: readOnly,
    may_create: mayCreate,
    foreign_tables: foreign,
  } = rows[0] ?? {};
  if (standby === true || readOnly === true) {
    throw new Failure({
      object: `database ${database}`,
      found: standby === true ? 'a standby, which takes no writes' : 'default_transaction_read_only = on',
      expected: 'a session that may write',
      next:
        standby === true
          ? 'connect to the primary'
          : `connect with ?options=-c%20default_transaction_read_only%3Doff, or ALTER ROLE ${role} SET default_transaction_read_only = off`,
      exitCode: 2,
    });
  }
  if (mayCreate !== true) {
    throw new Failure({
      object: `role ${role}`,
      found: `no right to create a schema in database ${database}`,
      expected: 'a role that may make the record of migrations',
      next: `as an administrator: GRANT CREATE ON DATABASE "${database}" TO "${role}"`,
      exitCode: 2,
    });
  }
  const others = (foreign ?? []) as [table: string, owner: string][];
  const [first] = others;
  if (first) {
    const owners = [...new Set(others.map(([, owner]) => owner))];
    throw new Failure({
      object: `role ${role}`,
      found: `${others.length} tables of ${owners.join(', ')}, ${first[0]} among them, which it may not alter`,
      expected: 'the owner of the tables, or a member of it: the migrations rename them',
      next: `connect as ${owners.join(' or ')}, or as an administrator: GRANT ${owners.map((owner) => `"${owner}"`).join(', ')} TO "${role}"`,
      exitCode: 2,
    });
  }
}

/** What PostgreSQL refuses, as a failure; everything else as it is. */
function databaseFailure(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  if (error instanceof Failure || !code || !/^[0-9A-Z]{5}$/.test(code)) return error;
  return new Failure({
    object: 'the database',
    found: `an error: ${message} (${code})`,
    expected: 'catalogs that can be read and a record that can be written',
    next:
      code === '42501' ? 'connect as the owner of the tables' : 'mend what the server says, then run the command again',
    exitCode: 2,
    cause: error,
  });
}
