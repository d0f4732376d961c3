import expected from '../../../drizzle/expected/migrated.json' with { type: 'json' };
import { tableRenames } from '../../registry/table-renames.ts';
import type { ExistingObject } from './existing-objects.ts';
import type { Need } from './needed-objects.ts';

/** What a database has of the names that migrations need. */
export class FoundObjects {
  readonly now: (table: string) => string;
  readonly #objects: readonly ExistingObject[];

  constructor(objects: readonly ExistingObject[], now: (table: string) => string) {
    this.#objects = objects;
    this.now = now;
  }

  /** What stands by itself under a name, except schemas. */
  relation(name: string): ExistingObject | undefined {
    return this.#objects.find((object) => object.name === name && !isPart(object) && object.kind !== 'schema');
  }

  schema(name: string): ExistingObject | undefined {
    return this.#objects.find((object) => object.kind === 'schema' && object.name === name);
  }

  parts(kind: string, table: string): readonly ExistingObject[] {
    return this.#objects.filter((object) => object.kind === kind && object.of === table);
  }

  part(kind: string, table: string, name: string): ExistingObject | undefined {
    return this.parts(kind, table).find((object) => object.name === name);
  }

  isTable(name: string): boolean {
    const kind = this.relation(name)?.kind;
    return kind === 'table' || kind === 'partitioned table';
  }

  /** Whether a rename was done: the table has its new name, and a view that reads it the old one. */
  isRenamed({ from, to }: { readonly from: string; readonly to: string }): boolean {
    const old = this.relation(from);
    return this.isTable(to) && old?.kind === 'view' && (old.of ?? '').split(',').includes(to);
  }

  /**
   * Whether the database has all that a migration leaves, and so lacks only its row of the record. A table has to have every column
   * that the models have for it. Never while a table that the migration renames is still a table.
   */
  isApplied(needs: readonly Need[]): boolean {
    const effects = needs.flatMap((need): boolean[] => {
      switch (need.needs) {
        case 'renames':
          return [this.isRenamed(need)];
        case 'adds':
          // Names of constraints change with their table, and later migrations drop some.
          if (need.kind === 'constraint') return [];
          return [
            this.part(need.kind, this.#table(need.table), need.name) !== undefined &&
              (need.kind !== 'column' || this.#hasExpectedType(need.table, need.name)),
          ];
        case 'creates':
          if (need.kind === 'schema') return [this.schema(need.name) !== undefined];
          // Names of indexes change with their table; a view beside its table is there for a moment only.
          if (need.kind === 'index' || needs.some(({ needs: other }) => other === 'renames')) return [];
          if (need.kind !== 'table') return [this.relation(need.name) !== undefined];
          return [this.isTable(this.#table(need.name)) && this.#hasExpectedColumns(need.name)];
        default:
          return [];
      }
    });
    return effects.length > 0 && effects.every((isThere) => isThere);
  }

  /** The name of a table of a migration in the database at hand. */
  #table(name: string): string {
    const rename = tableRenames.find((entry) => entry.from === name);
    if (rename && this.isRenamed(rename)) return rename.to;
    return this.isTable(name) ? name : this.now(name);
  }

  #hasExpectedColumns(table: string): boolean {
    const canonical = tableRenames.find(({ from }) => from === table)?.to ?? table;
    // A table in a schema of the package's own is in no model.
    return (expectedColumns.get(canonical) ?? []).every((column) => this.#hasExpectedType(canonical, column.name));
  }

  #hasExpectedType(table: string, column: string): boolean {
    const found = this.part('column', this.#table(table), column);
    const wanted = expectedColumns.get(table)?.find(({ name }) => name === column);
    // The type of another schema is written with or without it, as the search path has it.
    return found !== undefined && (wanted === undefined || wanted.type.includes('.') || wanted.type === found.detail);
  }
}

function isPart({ kind }: ExistingObject): boolean {
  return ['column', 'constraint', 'trigger', 'policy', 'rule', 'key', 'partition key', 'child', 'parent'].includes(
    kind,
  );
}

interface ExpectedObject {
  readonly kind: string;
  readonly name: string;
  readonly table?: string;
  readonly properties: { readonly type?: string };
}

const expectedObjects = expected.objects as unknown as readonly ExpectedObject[];
export const expectedTables: readonly string[] = expectedObjects.flatMap(({ kind, name }) =>
  kind === 'table' ? [name] : [],
);

/** The columns of each canonical table. */
const expectedColumns = new Map<string, { readonly name: string; readonly type: string }[]>();
for (const { kind, name, table, properties } of expectedObjects) {
  if (kind !== 'column' || table === undefined) continue;
  const columns = expectedColumns.get(table) ?? [];
  columns.push({ name: name.slice(table.length + 1), type: properties.type ?? '' });
  expectedColumns.set(table, columns);
}

/** The indexes and constraints with indexes that each canonical table has, as `public.idx_customer_messages_thread_id`. */
export const expectedIndexes: ReadonlySet<string> = new Set(
  expectedObjects.flatMap(({ kind, name }) => (kind === 'index' ? [name] : [])),
);
