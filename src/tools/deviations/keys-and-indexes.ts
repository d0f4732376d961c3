import type { DescribedObject } from '../database/describe.ts';
import type { Deviation, NormalForms } from './deviation.ts';
import type { DeviationKind } from './kinds.ts';
import { keyOf, splitCondition, splitName, textOf } from './names.ts';
import type { PlacedObject } from './places.ts';
import { buildDeviation, type TableContext } from './table-context.ts';

/** Primary, unique and foreign keys, checks and exclusions, found by their definitions whatever they are called. */
export function listConstraintDeviations({
  placed,
  expectedParts,
  foundParts,
  normalForms,
}: TableContext): Deviation[] {
  // A constraint trigger is listed as a trigger.
  const found = foundParts.filter(({ kind, properties }) => kind === 'constraint' && properties['type'] !== 'trigger');
  const { pairs, missing, extra } = pair(
    expectedParts.filter(({ here }) => here.kind === 'constraint'),
    found,
    (constraint, side) => signatureOfConstraint(constraint, side, normalForms),
  );
  return [
    ...pairs.flatMap(({ expected, found: other, isDefinedAlike }) => {
      const about = { placed: expected, found: other };
      const isSpelledAlike = bareDefinition(expected.here) === bareDefinition(other);
      return [
        ...(isDefinedAlike || isSpelledAlike
          ? []
          : [
              buildDeviation(kindsOfConstraints[textOf(expected.here, 'type')]?.other ?? 'other-key', {
                ...about,
                property: 'definition',
              }),
            ]),
        ...(isDefinedAlike && !isSpelledAlike
          ? [buildDeviation('other-check-spelling', { ...about, property: 'definition' })]
          : []),
        ...(keyOf(expected.here) === keyOf(other)
          ? []
          : [buildDeviation('other-constraint-name', { ...about, property: 'name' })]),
        ...(expected.here.properties['validated'] === true && other.properties['validated'] === false
          ? [buildDeviation('not-validated', { ...about, property: 'validated' })]
          : []),
        ...commentOf(expected, other),
      ];
    }),
    ...missing.map((expected) =>
      buildDeviation(kindsOfConstraints[textOf(expected.here, 'type')]?.missing ?? 'missing-key', { placed: expected }),
    ),
    ...extra.map((constraint) => buildDeviation('extra-constraint', { table: placed.name, found: constraint })),
  ];
}

/** Indexes, found by their definitions whatever they are called. That of a constraint comes and goes with it. */
export function listIndexDeviations({ placed, expectedParts, foundParts, normalForms }: TableContext): Deviation[] {
  const signatureOf = (index: DescribedObject, side: 'expected' | 'found') =>
    signatureOfIndex(index, normalForms?.find(index, side));
  const backing = new Set([
    ...expectedParts.flatMap(({ here }) => backingIndexOf(here)),
    ...foundParts.flatMap(backingIndexOf),
  ]);
  const isIndex = ({ kind, name }: DescribedObject) => kind === 'index' && !backing.has(name);
  const found = foundParts.filter(({ kind }) => kind === 'index');
  const { pairs, missing, extra } = pair(
    expectedParts.filter(({ here }) => isIndex(here)),
    found.filter(isIndex),
    signatureOf,
  );
  // The index of a constraint that is not expected serves as well.
  const behindConstraints = found.filter((index) => !isIndex(index));
  const served = missing.flatMap((expected) => {
    const other = behindConstraints.find(
      (index) => signatureOf(index, 'found') === signatureOf(expected.here, 'expected'),
    );
    return other ? [{ expected, found: other, isDefinedAlike: true }] : [];
  });
  const expectedBacking = expectedParts.filter(({ here }) => here.kind === 'index' && backing.has(here.name));
  return [
    ...[...pairs, ...served].flatMap(({ expected, found: other, isDefinedAlike }) => [
      ...(isDefinedAlike
        ? []
        : [buildDeviation('other-index', { placed: expected, found: other, property: 'definition' })]),
      ...(isDefinedAlike && signatureOfIndex(expected.here) !== signatureOfIndex(other)
        ? [buildDeviation('other-index-spelling', { placed: expected, found: other, property: 'definition' })]
        : []),
      ...(keyOf(expected.here) === keyOf(other)
        ? []
        : [buildDeviation('other-index-name', { placed: expected, found: other, property: 'name' })]),
      ...stateOf(expected, other),
      ...commentOf(expected, other),
    ]),
    ...expectedBacking.flatMap((expected) => {
      const other = found.find((index) => keyOf(index) === keyOf(expected.here));
      return other && signatureOf(other, 'found') === signatureOf(expected.here, 'expected')
        ? stateOf(expected, other)
        : [];
    }),
    ...missing
      .filter((expected) => !served.some((other) => other.expected === expected))
      .map((expected) => buildDeviation('missing-index', { placed: expected })),
    ...extra.map((index) =>
      buildDeviation(index.properties['unique'] === true ? 'extra-unique-index' : 'extra-index', {
        table: placed.name,
        found: index,
      }),
    ),
  ];
}

const kindsOfConstraints: Readonly<Record<string, { readonly missing: DeviationKind; readonly other: DeviationKind }>> =
  {
    check: { missing: 'missing-check', other: 'other-check' },
    'foreign key': { missing: 'missing-foreign-key', other: 'other-foreign-key' },
    'primary key': { missing: 'missing-key', other: 'other-key' },
    unique: { missing: 'missing-key', other: 'other-key' },
  };

interface Pair {
  readonly expected: PlacedObject;
  readonly found: DescribedObject;
  readonly isDefinedAlike: boolean;
}

/** Pairs objects: of one name and definition first, then of one definition, then of one name. */
function pair(
  expected: readonly PlacedObject[],
  found: readonly DescribedObject[],
  signatureOf: (object: DescribedObject, side: 'expected' | 'found') => string,
): {
  readonly pairs: readonly Pair[];
  readonly missing: readonly PlacedObject[];
  readonly extra: readonly DescribedObject[];
} {
  const pairs: Pair[] = [];
  const missing = new Set(expected);
  const extra = new Set(found);
  const take = (matches: (wanted: DescribedObject, other: DescribedObject) => boolean) => {
    for (const placed of missing) {
      const other = [...extra].find((object) => matches(placed.here, object));
      if (!other) continue;
      missing.delete(placed);
      extra.delete(other);
      const isDefinedAlike = signatureOf(placed.here, 'expected') === signatureOf(other, 'found');
      pairs.push({ expected: placed, found: other, isDefinedAlike });
    }
  };
  const isOfOneName = (wanted: DescribedObject, other: DescribedObject) => keyOf(wanted) === keyOf(other);
  const isDefinedAlike = (wanted: DescribedObject, other: DescribedObject) =>
    signatureOf(wanted, 'expected') === signatureOf(other, 'found');
  take((wanted, other) => isOfOneName(wanted, other) && isDefinedAlike(wanted, other));
  take(isDefinedAlike);
  take(isOfOneName);
  return { pairs, missing: [...missing], extra: [...extra] };
}

function signatureOfConstraint(
  constraint: DescribedObject,
  side: 'expected' | 'found',
  normalForms: NormalForms | undefined,
): string {
  const normalForm = normalForms?.find(constraint, side);
  return `${textOf(constraint, 'type')} ${normalForm ?? bareDefinition(constraint)}`;
}

/** Without whether it was validated, which is a property of its own. */
function bareDefinition(constraint: DescribedObject): string {
  return textOf(constraint, 'definition').replace(/ NOT VALID$/, '');
}

/** Without its name and its storage parameters; with the normal form of its condition, if there is one. */
function signatureOfIndex(index: DescribedObject, normalForm?: string): string {
  const { head, condition } = splitCondition(textOf(index, 'definition'));
  const bare = head
    .replace(/^(CREATE (?:UNIQUE )?INDEX) (?:"(?:[^"]|"")+"|\S+) ON /, '$1 ON ')
    .replace(storageClause, '');
  return condition === undefined ? bare : `${bare} WHERE ${normalForm ?? condition}`;
}

const storageClause = / WITH \([^)]*\)/;

function stateOf(expected: PlacedObject, found: DescribedObject): Deviation[] {
  const { here } = expected;
  const isStoredOtherwise =
    storageClause.exec(textOf(here, 'definition'))?.[0] !== storageClause.exec(textOf(found, 'definition'))?.[0];
  return [
    ...(here.properties['valid'] === true && (found.properties['valid'] !== true || found.properties['ready'] !== true)
      ? [buildDeviation('invalid-index', { placed: expected, found, property: 'valid' })]
      : []),
    ...(isStoredOtherwise ? [buildDeviation('storage', { placed: expected, found, property: 'definition' })] : []),
    ...['clustered', 'replicaIdentity']
      .filter((property) => here.properties[property] !== found.properties[property])
      .map((property) => buildDeviation('storage', { placed: expected, found, property })),
  ];
}

function commentOf(placed: PlacedObject, found: DescribedObject): Deviation[] {
  const isSame = placed.here.properties['comment'] === found.properties['comment'];
  return isSame ? [] : [buildDeviation('comment', { placed, found, property: 'comment' })];
}

function backingIndexOf({ kind, name, table = '', properties }: DescribedObject): string[] {
  if (kind !== 'constraint' || !['primary key', 'unique', 'exclusion'].includes(String(properties['type']))) return [];
  return [`${splitName(table)[0]}.${name.slice(table.length + 1)}`];
}
