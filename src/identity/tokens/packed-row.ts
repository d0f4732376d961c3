import { type SQL, sql } from 'drizzle-orm';

/** The columns of a row that is read as one: what each answers, by name. */
type Columns = Readonly<Record<string, SQL<unknown>>>;

/** A row of these columns. */
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: C[Name]['_']['type'] };

/**
 * Several columns as one JSON array. A row of twenty columns takes the server and the driver longer than all of its joins; a text is one
 * column, and means the same to every driver.
 */
export function packed(columns: Columns): SQL<string> {
  return sql<string>`json_build_array(${sql.join(Object.values(columns), sql`, `)})::text`;
}

/**
 * What reads the rows that {@link packed} makes of these columns. A row is the array itself, seen by the names of the columns: to copy
 * twenty values under their names takes as long as to parse them.
 */
export function unpackedBy<C extends Columns>(columns: C): (text: string) => RowOf<C> {
  class Row {
    readonly values: readonly unknown[];
    constructor(values: readonly unknown[]) {
      this.values = values;
    }
  }
  for (const [index, name] of Object.keys(columns).entries()) {
    Object.defineProperty(Row.prototype, name, {
      get(this: Row) {
        return this.values[index];
      },
    });
  }
  return (text) => new Row(JSON.parse(text)) as unknown as RowOf<C>;
}
