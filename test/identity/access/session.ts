import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { withAssignedStations, withEveryStation, withStation } from '../../../src/identity/access/index.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import type { Major } from '../../support/servers.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { type Context, Oracle, type Outcome } from './oracle.ts';
import { fill, makeWorld, type Row, type ScopedModel, scopedModels, stationId, type World } from './world.ts';

/** A statement, and the purpose of trying it. */
export interface Attempt {
  readonly sql: string;
  /** The table that it writes to; undefined if it only reads. */
  readonly writes?: string;
}

/** The result of an attempt, which was then rolled back: the returned rows, the changes, or the failure. */
export interface Result {
  readonly rows?: readonly Row[];
  readonly changed?: { readonly deleted: readonly string[]; readonly written: readonly Row[] };
  readonly error?: { readonly code: string; readonly message: string; readonly detail: string; readonly hint: string };
}

/** A connection, and Drizzle on it or on its transaction. */
export interface Session {
  readonly client: pg.Client;
  readonly db: Pick<NodePgDatabase, 'transaction' | 'execute' | 'select'>;
}

/** Drizzle on a connection. */
export const sessionOn = (client: pg.Client): Session => ({ client, db: drizzle({ client }) });

/** A migrated database with the world in it. */
export interface AccessDatabase {
  readonly database: StationDatabase;
  readonly world: World;
  readonly oracle: Oracle;
  /** A login role that is in the group `station_service` and in nothing else. */
  readonly service: Session;
  /** The owner, for whom foreign keys are switched off, as they are for the service. */
  readonly owner: Session;
  /** An address for more connections of the login role. Foreign keys are in force on them. */
  readonly serviceUrl: string;
  close(): Promise<void>;
}

/**
 * Opens one. Foreign keys are switched off on its two sessions, so that statements without a WHERE show what policies do; what foreign
 * keys and their errors tell is tried on connections of their own.
 */
export async function openAccessDatabase(major: Major): Promise<AccessDatabase> {
  const database = await openStationDatabase(major);
  const { serviceRole: login, serviceUrl } = database;
  const world = makeWorld();
  await fill(database.query, world);
  await installProbes(database.query);
  await database.query(`GRANT SET ON PARAMETER session_replication_role TO ${login}`);
  await database.query('ANALYZE');
  await database.query('SET session_replication_role = replica');
  const client = new pg.Client({ connectionString: serviceUrl, options: '-c session_replication_role=replica' });
  await client.connect();
  return {
    database,
    world,
    oracle: new Oracle(world),
    service: sessionOn(client),
    owner: sessionOn(database.client),
    serviceUrl,
    async close() {
      await client.end();
      await database.query('RESET session_replication_role');
      await database.query(`REVOKE SET ON PARAMETER session_replication_role FROM ${login}`);
      await database.close();
    },
  };
}

/** What is put beside the tables: copies to compare with, and what else a service could read them through. */
async function installProbes(query: Query): Promise<void> {
  await query('CREATE SCHEMA probes');
  await query('GRANT USAGE ON SCHEMA probes TO PUBLIC');
  for (const { name, table, key } of scopedModels) {
    await query(`CREATE TABLE probes.original_${table} AS TABLE ${name}`);
    await query(`ALTER TABLE probes.original_${table} ADD PRIMARY KEY (${key})`);
    await query(`CREATE VIEW probes.view_${table} WITH (security_invoker = true) AS SELECT * FROM ${name}`);
    await query(`GRANT SELECT, INSERT, UPDATE, DELETE ON probes.view_${table} TO PUBLIC`);
    await query(
      `CREATE FUNCTION probes.rows_of_${table}() RETURNS SETOF ${name} LANGUAGE sql SECURITY INVOKER AS $$ SELECT * FROM ${name} $$`,
    );
  }
  await query(`CREATE FUNCTION probes.changes(relation text, copy text, key text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  changed jsonb;
BEGIN
  EXECUTE format(
    'SELECT jsonb_build_object(
      ''deleted'', coalesce(jsonb_agg(copy.%1$I) FILTER (WHERE now.%1$I IS NULL), ''[]''),
      ''written'', coalesce(jsonb_agg(to_jsonb(now)) FILTER (WHERE now.%1$I IS NOT NULL), ''[]''))
    FROM %2$s AS now FULL JOIN probes.%3$I AS copy USING (%1$I) WHERE now IS DISTINCT FROM copy', key, relation, copy)
  INTO changed;
  RETURN changed;
END
$$`);
  await query(`CREATE FUNCTION probes.shows(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
  RAISE NOTICE '%', value;
  RETURN true;
END
$$`);
  // A loop because a statement that writes cannot stand in a sub-select; taken back by an exception, as variables outlive it.
  await query(`CREATE FUNCTION probes.attempt(statement text, relation text, copy text, key text) RETURNS jsonb
LANGUAGE plpgsql SECURITY INVOKER AS $$
DECLARE
  given record;
  found_rows jsonb[] := '{}';
  changed jsonb;
  state text;
  message text;
  detail text;
  hint text;
BEGIN
  BEGIN
    IF relation IS NULL OR statement ~ 'RETURNING' THEN
      FOR given IN EXECUTE statement LOOP
        found_rows := found_rows || to_jsonb(given);
      END LOOP;
    ELSE
      EXECUTE statement;
    END IF;
    IF relation IS NOT NULL THEN
      changed := probes.changes(relation, copy, key);
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  END;
  IF state = 'ZZ999' THEN
    RETURN jsonb_build_object('rows', to_jsonb(found_rows), 'changed', changed);
  END IF;
  RETURN jsonb_build_object('error', jsonb_build_object('code', state, 'message', message, 'detail', detail, 'hint', hint));
END
$$`);
}

/** Tries statements in a context, each on the database as it was at first. */
export async function attemptAll(
  session: Session,
  context: Context,
  attempts: readonly Attempt[],
): Promise<readonly Result[]> {
  return inContext(session, context, async () => {
    const tables = attempts.map(({ writes }) => scopedModels.find(({ name }) => name === writes));
    const { rows } = await session.client.query<{ result: Result }>(
      `SELECT probes.attempt(statement, relation, copy, key) AS result
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS attempts (statement, relation, copy, key, number)
      ORDER BY number`,
      [
        attempts.map(({ sql }) => sql),
        tables.map((model) => model?.name ?? null),
        tables.map((model) => (model ? `original_${model.table}` : null)),
        tables.map((model) => model?.key ?? null),
      ],
    );
    return rows.map(({ result }) => result);
  });
}

/** Runs something in a context, by the functions that services use. */
export async function inContext<T>({ db }: Session, context: Context, run: () => Promise<T>): Promise<T> {
  switch (context.kind) {
    case 'station': {
      const { person, station } = context;
      return withStation(db as NodePgDatabase, { userId: person.id, stationId: stationId(station) }, run);
    }
    case 'assigned':
      return withAssignedStations(db as NodePgDatabase, { userId: context.person.id }, run);
    case 'every':
      return withEveryStation(db as NodePgDatabase, { userId: context.person.id }, run);
    case 'outside':
      return db.transaction(async (tx) => {
        const { role, person } = context;
        const which = role.replace(/^station_service_?/, '');
        const station = which === '' ? stationId(0) : which;
        await tx.execute(`SELECT set_config('role', '${role}', true)`);
        if (person) {
          await tx.execute(`SELECT set_config('canonical_models.user_id', '${person.id}', true),
            set_config('canonical_models.station_id', '${station}', true),
            set_config('canonical_models.token_id', '', true), set_config('canonical_models.signature', repeat('0', 64), true)`);
        }
        const result = await run();
        await tx.execute(`SELECT set_config('role', 'none', true), set_config('canonical_models.user_id', '', true),
          set_config('canonical_models.station_id', '', true), set_config('canonical_models.token_id', '', true), set_config('canonical_models.signature', '', true)`);
        return result;
      });
  }
}

/** Runs something in a transaction that is then rolled back, with the denials in the audit trail. */
export async function takenBack<T>({ client, db }: Session, run: (session: Session) => Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  const done = new Error('taken back');
  await db
    .transaction(async (tx) => {
      result = { value: await run({ client, db: tx }) };
      throw done;
    })
    .catch((error: unknown) => {
      if (error !== done) throw error;
    });
  return (result as { readonly value: T }).value;
}

/** How a result differs from what is expected of a statement that writes; undefined if it does not. */
export function writeDifference(model: ScopedModel, expected: Outcome, { error, changed }: Result): string | undefined {
  if ('errors' in expected) {
    if (error && expected.errors.includes(error.code)) return undefined;
    return `expected the error ${expected.errors.join(' or ')}, found ${error ? `${error.code} ${error.message}` : changesText(model, changed)}`;
  }
  const found = error ? `the error ${error.code} ${error.message}` : changesText(model, changed);
  const wanted = changesText(model, expected);
  return found === wanted ? undefined : `expected ${wanted}, found ${found}`;
}

/** What was changed, in an order of its own, as far as the rows in memory can tell. */
function changesText(model: ScopedModel, changed: Result['changed']): string {
  const columns = [model.key, ...model.links.map(({ column }) => column), 'role', 'user_id'];
  const written = (changed?.written ?? []).map((row) => {
    const touched = JSON.stringify(row[model.touched.column]) === JSON.stringify(model.touched.value);
    return `${columns.map((column) => row[column] ?? '-').join(' ')}${touched ? ' touched' : ''}`;
  });
  return `deleted [${[...(changed?.deleted ?? [])].sort().join(', ')}], written [${written.sort().join(', ')}]`;
}
