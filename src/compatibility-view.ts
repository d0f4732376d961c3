import type { PgColumn, PgTable, PgViewWithSelection } from 'drizzle-orm/pg-core';

/** A view under an old name, with the columns that its table had when it was renamed. */
export type CompatibilityView<
  Name extends string,
  Schema extends string | undefined,
  Table extends PgTable,
  Property extends keyof Table['_']['columns'],
> = PgViewWithSelection<{
  name: Name;
  schema: Schema;
  existing: false;
  isAlias: false;
  selectedFields: { [Each in Property]: ColumnOfView<Table['_']['columns'][Each], Name> };
}>;

/** Only the config of a column can be inferred; it says the type, too. */
type ColumnOfView<Column, View extends string> =
  Column extends PgColumn<infer _, infer Config>
    ? PgColumn<Config['dataType'], Omit<Config, 'tableName'> & { tableName: View; insertType: unknown }>
    : never;
