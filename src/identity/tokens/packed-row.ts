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

/** What reads the rows that {@link packed} makes of these columns. */
export function unpackedBy<C extends Columns>(columns: C): (text: string) => RowOf<C> {
  const names = Object.keys(columns);
  return (text) => {
    const values = JSON.parse(text) as unknown[];
    const row: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index++) row[names[index] as string] = values[index];
    return row as RowOf<C>;
  };
}
