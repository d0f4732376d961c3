import { readSnapshot } from '../../src/tools/migrations/snapshot.ts';
import { migrationFolders } from './migrated-tables.ts';

/** A foreign key, as `public.messages`, `['thread_id']` and `public.message_threads`. */
export interface ForeignKey {
  readonly table: string;
  readonly columns: readonly string[];
  readonly to: string;
}

/**
 * The foreign keys that the migrations under `out` created, by table and name, as `public.messages messages_thread_id_fkey`; one whose
 * table was renamed since is under its first name.
 *
 * @throws {NotSetUp} if a snapshot can't be read.
 */
export function createdForeignKeys(out: string): ReadonlyMap<string, ForeignKey> {
  const created = migrationFolders(out).flatMap((folder) => {
    const { ddl = [], deltas = [] } = readSnapshot(out, folder);
    return [...ddl, ...deltas.flatMap(({ op, row }) => (op === 'create' && row ? [row] : []))];
  });
  return new Map(
    created.flatMap(({ entityType, schema, table, name, columns, schemaTo, tableTo }) =>
      entityType === 'fks'
        ? [
            [
              `${schema}.${table} ${name}`,
              { table: `${schema}.${table}`, columns: columns ?? [], to: `${schemaTo}.${tableTo}` },
            ],
          ]
        : [],
    ),
  );
}

const dropped = /^ALTER TABLE (?:"([^"]+)"\.)?"([^"]+)" DROP CONSTRAINT "([^"]+)";$/;

/**
 * The statements of a change, with foreign keys dropped by their definition: in a database that had the tables before, they may have
 * another name, or be missing.
 */
export function dropForeignKeysByDefinition(
  statements: readonly string[],
  foreignKeys: ReadonlyMap<string, ForeignKey>,
): readonly string[] {
  return statements.map((statement) => {
    const [, schema = 'public', table, name] = dropped.exec(statement) ?? [];
    const foreignKey = foreignKeys.get(`${schema}.${table} ${name}`);
    return foreignKey ? dropStatement(foreignKey) : statement;
  });
}

function dropStatement({ table, columns, to }: ForeignKey): string {
  const list = [...columns].sort().map((column) => `'${column}'`);
  return `DO $$ -- The foreign key of ${table} (${columns.join(', ')}), whatever its name.
DECLARE
  foreign_key name;
BEGIN
  FOR foreign_key IN
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid = '${quoted(table)}'::regclass AND confrelid = '${quoted(to)}'::regclass AND (
      SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C") FROM pg_attribute
      WHERE attrelid = conrelid AND attnum = ANY (conkey)
    ) = ARRAY[${list.join(', ')}]
  LOOP
    EXECUTE format('ALTER TABLE ${quoted(table)} DROP CONSTRAINT %I', foreign_key);
  END LOOP;
END $$;`;
}

/** A name with its schema, both in quotes. */
function quoted(name: string): string {
  return name.replace(/^(.*)\.(.*)$/, '"$1"."$2"');
}
