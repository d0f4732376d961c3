import { expect, test } from 'vitest';
import { compare, type Registry } from '../../../src/tools/check/compare.ts';
import type { DatabaseDescription, DescribedObject } from '../../../src/tools/database/describe.ts';

const entry = {
  kind: 'table',
  from: 'public.cooks',
  to: 'public.chefs',
  migration: 'rename_chefs',
  since: '1.0.0',
  reason: 'A test.',
} as const;
const registry: Registry = { renames: [entry], retired: [], due: new Set() };

/** A renamed table and the view under its old name, with these columns. */
function database(tableColumns: readonly string[], viewColumns: readonly string[], grants: readonly string[] = []) {
  const relation = (kind: 'table' | 'view', name: string, columns: readonly string[]): DescribedObject[] => [
    {
      kind,
      name,
      properties: {
        columns,
        owner: 'owner',
        ...(kind === 'view' && {
          kind: 'ordinary',
          definition: ` SELECT ${columns.join(',\n    ')}\n   FROM public.chefs;`,
        }),
      },
    },
    ...columns.map(
      (column): DescribedObject => ({
        kind: 'column',
        name: `${name}.${column}`,
        table: name,
        properties: { type: 'text', ...(kind === 'table' && column === 'later' && { grants }) },
      }),
    ),
  ];
  return [
    ...relation('table', 'public.chefs', tableColumns),
    ...relation('view', 'public.cooks', viewColumns),
  ] satisfies DatabaseDescription;
}

const expected = database(['id', 'bio', 'later'], ['id', 'bio']);
const differences = (found: DatabaseDescription) =>
  compare(expected, found, registry).differs.map(({ expected: wanted, found: present, properties }) =>
    [(wanted ?? present)?.name, ...properties].join(' '),
  );

test.each([
  ['the columns that the models had', ['id', 'bio']],
  ['them in the order of its database', ['bio', 'id']],
])('a view under an old name agrees with %s', (_, columns) => {
  expect(differences(database(['id', 'bio', 'later'], columns))).toEqual([]);
});

test('a view agrees with a column that its table had and no model knows; that is a difference of the table alone', () => {
  const found = database(['id', 'hat_size', 'bio', 'later'], ['id', 'hat_size', 'bio']);
  expect(differences(found)).toEqual(['public.chefs.hat_size']);
});

test.each([
  ['that came to the models later', ['id', 'bio', 'later']],
  ['too few', ['id']],
  ['that is an expression', ['id', 'upper(bio) AS bio']],
])('a view differs with a column %s', (_, columns) => {
  expect(differences(database(['id', 'bio', 'later'], columns))).toEqual(['public.cooks definition']);
});

test('a view lacks no privilege on a column that it does not have', () => {
  expect(differences(database(['id', 'bio', 'later'], ['id', 'bio'], ['service: UPDATE']))).toEqual([]);
});
