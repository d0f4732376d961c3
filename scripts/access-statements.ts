import { getTableConfig, PgDialect } from 'drizzle-orm/pg-core';
import { models } from '../src/registry/models.ts';
import { customMigrations } from './generate/custom-migrations.ts';

// Prints what the sources put into migrations word for word, by what it is: statements of objects that no model has, conditions of policies,
// and what is unique.
const dialect = new PgDialect();
const statements = Object.values(customMigrations).flatMap((migrations) =>
  (migrations ?? []).flatMap(({ name, statements: written }) =>
    written.map((statement, index) => [`${name} ${index}`, statement.trim()] as const),
  ),
);
const conditions = models().flatMap(({ name, table }) =>
  getTableConfig(table).policies.flatMap((policy) =>
    (['using', 'withCheck'] as const).flatMap((part) => {
      const condition = policy[part];
      return condition ? [[`${name} ${policy.name} ${part}`, dialect.sqlToQuery(condition).sql] as const] : [];
    }),
  ),
);
const indexes = models().flatMap(({ table }) =>
  getTableConfig(table).indexes.map(
    ({ config: { name, unique } }) => [`index ${name}`, `CREATE ${unique ? 'UNIQUE ' : ''}INDEX "${name}"`] as const,
  ),
);
/** As a statement of its own, if the column came later, and in that of its table. */
const uniques = models().flatMap(({ table }) => {
  const { name, columns } = getTableConfig(table);
  return columns
    .filter(({ isUnique }) => isUnique)
    .flatMap((column) => {
      const constraint = `CONSTRAINT "${column.uniqueName}" UNIQUE`;
      return [
        [`${constraint} added`, `ALTER TABLE "${name}" ADD ${constraint}("${column.name}");`],
        [constraint, ` ${constraint}`],
      ] as const;
    });
});
/** Of several columns, in the statement of their table. */
const keys = models().flatMap(({ table }) =>
  getTableConfig(table).uniqueConstraints.map(({ name, columns }) => {
    const list = columns.map((column) => `"${column.name}"`).join(',');
    return [`key ${name}`, `CONSTRAINT "${name}" UNIQUE(${list}),\n`] as const;
  }),
);
const all = [...statements, ...conditions, ...indexes, ...uniques, ...keys];
process.stdout.write(JSON.stringify(Object.fromEntries(all)));
