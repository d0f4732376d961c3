import { texts } from '../check/compare.ts';
import { createViewSql, type Surroundings } from '../check/repair-sql/index.ts';
import { ownName } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import type { Deviation } from '../deviations/deviation.ts';
import { splitName } from '../deviations/names.ts';

/**
 * The statements that bring a table to its place, in one transaction, and leave a view under the name that it had: clients that use that name
 * go on reading and writing. Its indexes, constraints, triggers and privileges go with it; its types stay where they are.
 *
 * @param table The table as it is.
 * @param place Where it belongs, as in `public.bookings`.
 */
export function moveTableSql(table: DescribedObject, place: string, { found }: Surroundings): string[] {
  const [[schema, own], [otherSchema, otherOwn]] = [splitName(table.name), splitName(place)];
  const isRenamedByHand = schema === otherSchema;
  return [
    ...(isRenamedByHand
      ? [
          `-- A migration gives it the name ${own} again: what uses that name fails from here until canonical-models migrate is done.`,
        ]
      : []),
    'BEGIN;',
    ...(isOwnView(found.get(`view ${place}`), table) ? [`DROP VIEW ${place};`] : []),
    ...(isRenamedByHand ? [] : [`ALTER TABLE ${table.name} SET SCHEMA ${otherSchema};`]),
    ...(own === otherOwn ? [] : [`ALTER TABLE ${otherSchema}.${own} RENAME TO ${otherOwn};`]),
    ...(isRenamedByHand ? [] : viewUnderOldPlace(table, place, found)),
    'COMMIT;',
  ];
}

/** The view has the columns, the owner and the privileges of the table. */
function viewUnderOldPlace(table: DescribedObject, place: string, found: Surroundings['found']): string[] {
  const view: DescribedObject = {
    kind: 'view',
    name: table.name,
    properties: {
      definition: `SELECT ${texts(table.properties['columns']).join(', ')} FROM ${place}`,
      columns: table.properties['columns'] ?? [],
      options: ['security_invoker=true'],
    },
  };
  const itself = [{ from: table.name, to: table.name }] as unknown as Surroundings['renames'];
  return createViewSql(view, { expected: new Map(), found, renames: itself });
}

/** What keeps a table from being moved, in one sentence each; empty if the way is free. */
export function listMoveObstacles({ expected, found: table }: Deviation, { found }: Surroundings): string[] {
  if (!expected || !table) return [];
  const schema = splitName(expected.name)[0];
  if (splitName(table.name)[0] === schema) return [];
  const parts = [...found.values()].filter((object) => object.table === table.name);
  const wanted = [
    expected.name,
    ...parts.filter(({ kind }) => kind === 'index').map(({ name }) => `${schema}.${splitName(name)[1]}`),
  ];
  const kinds = ['table', 'view', 'index', 'sequence', 'composite type'];
  const taken = wanted.filter((name) =>
    kinds.some((kind) => found.has(`${kind} ${name}`) && !isOwnView(found.get(`view ${name}`), table)),
  );
  const readers = parts.filter(
    ({ kind, properties }) =>
      kind === 'column' && texts(properties['grants']).some((grant) => grant.includes(': SELECT')),
  );
  return [
    ...taken.map((name) => `Give ${name} another name first: the table or an index of it needs this one.`),
    ...readers.map(
      (column) =>
        `Some roles may read single columns (${ownName(column)}), and a view can't pass that on: let them read the whole table or none of it first.`,
    ),
  ];
}

/** Whether a view shows a table under the name that it had. */
function isOwnView(view: DescribedObject | undefined, table: DescribedObject): boolean {
  return view !== undefined && / FROM (.*?);?\s*$/s.exec(String(view.properties['definition']))?.[1] === table.name;
}
