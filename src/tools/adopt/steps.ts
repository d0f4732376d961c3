import { type ObjectDifference, texts } from '../check/compare.ts';
import { addLabelsSql, isOfPartitionedTable, repairSql, type Surroundings } from '../check/repair-sql/index.ts';
import { ownName } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import { literal } from '../database/query.ts';
import type { Deviation } from '../deviations/deviation.ts';
import { compareLabels } from '../deviations/labels.ts';
import type { Dependent } from './dependents.ts';
import { lockNoteOf, lockNoteOfPartitioned } from './locks.ts';
import { moveTableSql } from './move-table.ts';
import { otherKeySql } from './other-keys.ts';
import { putAsideSql } from './put-aside.ts';
import type { AdoptStep, RowsInTheWay } from './report.ts';

/** What the statements of a step are made from. */
export interface StepContext {
  /** The baseline and the database, both under the names of the database. */
  readonly surroundings: Surroundings;
  /** The same, with the tables whose key has another type where the baseline has them. */
  readonly baseline: Surroundings;
  /** The rows in the way of a deviation's statements, if any could be. */
  readonly inTheWay: ReadonlyMap<Deviation, RowsInTheWay>;
  /** Every deviation of the database, those that stay on purpose too. */
  readonly deviations: readonly Deviation[];
  /** Those that stay on purpose. */
  readonly accepted: ReadonlySet<Deviation>;
  /** What PostgreSQL would refuse a deviation's statements for, if there is anything. */
  readonly dependents: ReadonlyMap<Deviation, readonly Dependent[]>;
}

/** The step that does away with a deviation: statements under the names that the database has before anything is moved. */
export function stepFor(deviation: Deviation, context: StepContext): AdoptStep {
  const { kind, object, table, words } = deviation;
  const rows = context.inTheWay.get(deviation);
  const own = kind === 'other-place' ? deviation.found : (deviation.expected ?? deviation.found);
  return {
    kind,
    object,
    ...(table !== undefined && { table }),
    why: words,
    ...(own && kind !== 'not-validated' && isOfPartitionedTable(own, context.surroundings)
      ? lockNoteOfPartitioned(own.table ?? object)
      : lockNoteOf(kind, own?.table ?? own?.name ?? object)),
    ...(rows !== undefined && { inTheWay: rows }),
    sql: sqlFor(deviation, context),
  };
}

/** The properties that a deviation of a kind is about, if it is not about the whole object. */
const propertiesOf: Readonly<Partial<Record<Deviation['kind'], readonly string[]>>> = {
  'missing-default': ['default'],
  'extra-default': ['default'],
  'other-default': ['default'],
  'missing-not-null': ['notNull'],
  'extra-not-null': ['notNull'],
  'narrower-type': ['type'],
  'other-type': ['type'],
  'other-collation': ['collation'],
  'invalid-index': ['valid'],
  'other-index': ['definition'],
  'other-key': ['definition'],
  'other-check': ['definition'],
  'other-foreign-key': ['definition'],
  'not-validated': ['validated'],
  'other-index-name': ['name'],
  'other-constraint-name': ['name'],
  'missing-label': ['labels'],
  'label-order': ['labels'],
};

function sqlFor(deviation: Deviation, { surroundings, baseline }: StepContext): readonly string[] {
  const { kind, expected, found } = deviation;
  const difference: ObjectDifference = {
    ...(expected && { expected }),
    ...(found && { found }),
    properties: propertiesOf[kind] ?? (deviation.property === undefined ? [] : [deviation.property]),
  };
  switch (kind) {
    case 'other-place':
      return expected && found ? moveTableSql(found, expected.name, surroundings) : [];
    case 'label-case':
      return expected && found ? renameLabelsSql(expected, found) : [];
    case 'missing-label':
      return expected && found ? addLabelsSql(inCaseOf(expected, found), found) : [];
    case 'label-order':
      return expected && found ? repairSql({ ...difference, expected: inCaseOf(expected, found) }, surroundings) : [];
    case 'extra-required-column':
      return found
        ? [
            '-- Rows of the package would come without a value for it. Let it be empty, or give it a default:',
            `ALTER TABLE ${found.table} ALTER COLUMN ${ownName(found)} DROP NOT NULL;`,
          ]
        : [];
    case 'foreign-policy':
      return [
        '-- Services that rely on it see all rows from then on, until they use station access.',
        ...repairSql(difference, surroundings),
      ];
    case 'row-security':
      return rowSecuritySql(difference);
    case 'meeting-tables':
      return (deviation.candidates ?? []).map((table) => `-- canonical-models adopt --table ${table}`);
    case 'other-key-type':
      return otherKeySql(deviation, baseline);
    case 'other-table-kind':
      return otherKindSql(difference, surroundings);
    default:
      return repairSql(difference, surroundings);
  }
}

function otherKindSql(difference: ObjectDifference, surroundings: Surroundings): readonly string[] {
  const { found } = difference;
  if (found?.kind !== 'view') return repairSql(difference, surroundings);
  return [
    '-- It needs a free name. After this, write the script again:',
    ...putAsideSql(found.name, surroundings.found),
  ];
}

/** One statement a label, as each is one step for the services that send it. */
function renameLabelsSql(expected: DescribedObject, found: DescribedObject): string[] {
  const { otherCase } = compareLabels(texts(expected.properties['labels']), texts(found.properties['labels']));
  return otherCase.map(
    ([label, wanted]) => `ALTER TYPE ${found.name} RENAME VALUE ${literal(label)} TO ${literal(wanted)};`,
  );
}

/** The expected enum with its labels in the case that they have in the database: what is in another case is renamed in a step of its own. */
function inCaseOf(expected: DescribedObject, found: DescribedObject): DescribedObject {
  const labels = texts(expected.properties['labels']);
  const { otherCase } = compareLabels(labels, texts(found.properties['labels']));
  const here = new Map(otherCase.map(([has, wanted]) => [wanted, has]));
  return {
    ...expected,
    properties: { ...expected.properties, labels: labels.map((label) => here.get(label) ?? label) },
  };
}

function rowSecuritySql({ expected, found }: ObjectDifference): string[] {
  if (!expected || !found) return [];
  const differs = (property: string) =>
    (expected.properties[property] === true) !== (found.properties[property] === true);
  const verb = (property: string, yes: string, no: string) => (expected.properties[property] === true ? yes : no);
  return [
    ...(differs('rowSecurity')
      ? [`ALTER TABLE ${found.name} ${verb('rowSecurity', 'ENABLE', 'DISABLE')} ROW LEVEL SECURITY;`]
      : []),
    ...(differs('forceRowSecurity')
      ? [`ALTER TABLE ${found.name} ${verb('forceRowSecurity', 'FORCE', 'NO FORCE')} ROW LEVEL SECURITY;`]
      : []),
  ];
}
