import type { Surroundings } from '../check/repair-sql/index.ts';
import { repairSql } from '../check/repair-sql/index.ts';
import { definitionOf } from '../check/repair-sql/names.ts';
import type { Deviation } from '../deviations/deviation.ts';
import { putAsideSql } from './put-aside.ts';

/**
 * The way for a table whose key has another type: it is put aside, and the table of the package is made in its place. Its rows get new keys
 * when they are taken over, so that is for people; the guide on adoption has the statements.
 *
 * @param baseline What is expected, with these tables where the baseline has them, and what is found.
 */
export function otherKeySql({ table = '', found }: Deviation, baseline: Surroundings): string[] {
  const expected = baseline.expected.get(`table ${table}`);
  const name = found?.table ?? found?.name;
  if (!expected || name === undefined) return [];
  return [
    '-- It is not adopted. The written way, in which services that use it have to take part:',
    ...(name === table ? putAsideSql(name, baseline.found) : []),
    ...repairSql({ expected, properties: [] }, baseline),
    `-- Then take its rows over under new keys: docs/guides/adopt-a-database.md of canonical-models.`,
  ];
}

/** A table that others refer to comes before them. */
export function byReferences(deviations: readonly Deviation[], { expected }: Surroundings): Deviation[] {
  const tables = new Set(deviations.map(({ table }) => table));
  const references = ({ table }: Deviation) =>
    [...expected.values()].filter(
      (object) =>
        object.kind === 'constraint' &&
        object.table === table &&
        [...tables].some((other) => other !== table && definitionOf(object).includes(` REFERENCES ${other}(`)),
    ).length;
  return [...deviations].sort((a, b) => references(a) - references(b));
}
