import { retiredTables } from '../../registry/retired.ts';
import type { DatabaseDescription, DescribedObject } from '../database/describe.ts';
import type { Query } from '../database/query.ts';
import type { Deviation, DeviationOptions } from '../deviations/deviation.ts';
import { splitName } from '../deviations/names.ts';
import { type Pairs, pairObjects } from '../deviations/pairs.ts';
import type { TableLeftAlone } from './report.ts';

interface LeftAloneContext {
  readonly pairs: Pairs;
  readonly deviations: readonly Deviation[];
  readonly options: DeviationOptions;
}

/** The tables that could be taken for one of ours and are not: they stay as they are, where they are. */
export async function listTablesLeftAlone(
  query: Query,
  expected: DatabaseDescription,
  found: DatabaseDescription,
  { pairs, deviations, options }: LeftAloneContext,
): Promise<TableLeftAlone[]> {
  const adopted = new Map(pairs.tables.map((pair) => [pair.found, pair.expected]));
  const others = found.filter(({ kind, name }) => kind !== 'table' || !adopted.has(name));
  const left = pairObjects(expected, others, options);
  const alike = [
    ...left.tables.map((pair) => [pair.found, pair.expected] as const),
    ...[...left.meeting].flatMap(([name, candidates]) => candidates.map((other) => [other, name] as const)),
  ];
  const reasons = new Map(
    alike.flatMap(([table, name]) => {
      const taken = pairs.tables.find((pair) => pair.expected === name)?.found;
      if (taken === undefined) return [[table, `not adopted as long as it is open whether it is ${name}`]];
      return [[table, `retired: ${taken} is adopted as ${name}, and this one is not used by the package`]];
    }),
  );
  for (const { kind, found: table, words } of deviations) {
    if (kind === 'other-key-type' && table) {
      reasons.set(
        table.table ?? table.name,
        `${words}: it is not adopted. The guide on adoption says how its rows are taken over`,
      );
    }
  }
  for (const { name, reason } of retiredTables) {
    const elsewhere = ({ kind, name: other }: DescribedObject) =>
      kind === 'table' && splitName(other)[1] === splitName(name)[1];
    for (const table of found.filter(elsewhere)) reasons.set(table.name, `retired: ${reason.replace(/\.$/, '')}`);
  }
  const tables: TableLeftAlone[] = [];
  for (const [table, reason] of [...reasons].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { rows } = await query(`SELECT count(*)::text AS rows FROM ${table}`);
    tables.push({ table, rows: Number(rows[0]?.['rows']), reason });
  }
  return tables;
}
