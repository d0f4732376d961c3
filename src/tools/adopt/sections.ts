import { indexNameOf } from '../check/compare.ts';
import type { DescribedObject } from '../database/describe.ts';
import type { Deviation } from '../deviations/deviation.ts';
import type { DeviationKind } from '../deviations/kinds.ts';
import { listMoveObstacles } from './move-table.ts';
import { byReferences } from './other-keys.ts';
import { putIndexAsideSql } from './put-aside.ts';
import type { AdoptReport, AdoptStep } from './report.ts';
import { type StepContext, stepFor } from './steps.ts';
import { listUndecided } from './undecided.ts';
import { withDependents } from './with-dependents.ts';

/** Taken as they are by every command, and made tidy here because a name costs nothing. */
const tidied: readonly AdoptStep['kind'][] = ['other-index-name', 'other-constraint-name'];

/** Whether `baseline` waits for a step. */
export function isNeeded({ kind }: AdoptStep): boolean {
  return !tidied.includes(kind);
}

/** The order of the steps: what others need comes before what needs it. A kind that is not listed comes last. */
const order: readonly DeviationKind[] = [
  'other-table-kind',
  // What reads a column keeps its type.
  'foreign-policy',
  'foreign-rule',
  'definer-trigger',
  'row-security',
  'other-index-name',
  'other-constraint-name',
  'missing-enum',
  'missing-label',
  'missing-table',
  'missing-column',
  'missing-required-column',
  'other-type',
  'other-collation',
  'other-generation',
  'label-order',
  'missing-default',
  'other-default',
  'extra-default',
  'extra-not-null',
  'missing-not-null',
  'invalid-index',
  'missing-index',
  'other-index',
  'missing-key',
  'other-key',
  'missing-check',
  'other-check',
  'missing-foreign-key',
  'other-foreign-key',
  'not-validated',
  // A view left under an old place would keep the type of a column as it is.
  'narrower-type',
  'label-case',
  'other-place',
];

/** The steps for deviations, by what clients notice of them. */
export function sortSteps(
  deviations: readonly Deviation[],
  context: StepContext,
): Pick<AdoptReport, 'online' | 'moves' | 'decide'> {
  const steps = { online: [] as AdoptStep[], moves: [] as AdoptStep[], decide: [] as AdoptStep[] };
  const place = ({ kind }: Deviation) => (order.includes(kind) ? order.indexOf(kind) : order.length);
  const isOfOtherKey = ({ kind }: Deviation) => kind === 'other-key-type';
  const sorted = [
    ...[...deviations].filter((deviation) => !isOfOtherKey(deviation)).sort((a, b) => place(a) - place(b)),
    ...byReferences(deviations.filter(isOfOtherKey), context.baseline),
  ];
  for (const deviation of sorted) {
    const { kind, treatment } = deviation;
    if (treatment === 'taken' && !tidied.includes(kind)) continue;
    if (treatment === 'taken' && isNameTaken(deviation, context)) continue;
    const step = stepFor(deviation, context);
    const needsFreeName = kind === 'missing-index' || kind === 'missing-key';
    if (needsFreeName && isNameTaken(deviation, context) && !isLeftInvalid(deviation, context)) {
      const first =
        '-- Its name is taken in this schema: move the table or rename what has it, then write the script again.';
      steps.decide.push({ ...step, sql: [first] });
      continue;
    }
    const taken = kind === 'missing-table' ? listTakenIndexes(deviation, context) : [];
    const dependents = context.dependents.get(deviation);
    const waitsFor =
      treatment === 'statement' || kind === 'missing-required-column' ? listUndecided(deviation, context) : undefined;
    if (waitsFor?.isAccepted) {
      steps.decide.push({ ...step, sql: [`-- ${waitsFor.names.join(', ')} stays as it is on purpose.`, ...step.sql] });
    } else if (waitsFor) {
      const first = `-- Not before it is decided about ${waitsFor.names.join(', ')}`;
      const sql = waitsFor.isSettledByScript ? [`${first}:`, ...step.sql] : [`${first}: the next script has it.`];
      steps.decide.push({ ...step, sql });
    } else if (taken.length > 0) {
      const first = `-- Names of its indexes are taken by ${[...new Set(taken.map(({ table }) => table))].join(', ')}: is it the same table under another name?`;
      steps.decide.push({ ...step, sql: [first, ...taken.map(putIndexAsideSql), ...step.sql] });
    } else if (dependents) {
      const whole = (step.inTheWay?.rows ?? 0) > 0 ? withRowsInTheWay(step).later : step;
      steps.decide.push(withDependents(whole, dependents, context.surroundings.found));
    } else if (treatment === 'decide') steps.decide.push(step);
    else if ((step.inTheWay?.rows ?? 0) > 0) {
      const { now, later } = withRowsInTheWay(step);
      if (now) steps.online.push(now);
      steps.decide.push(later);
    } else if (treatment !== 'moves') steps.online.push(step);
    else if (kind === 'other-place') {
      const obstacles = listMoveObstacles(deviation, context.surroundings);
      if (obstacles.length === 0) steps.moves.push(step);
      else steps.decide.push({ ...step, sql: [...obstacles.map((obstacle) => `-- ${obstacle}`), ...step.sql] });
    } else steps.moves.push(step);
  }
  return { ...steps, online: groupDefaults(steps.online) };
}

/** Whether the expected name of an index or constraint is that of something else, in the schema where its table stands. */
function isNameTaken({ expected }: Deviation, { surroundings: { found } }: StepContext): boolean {
  if (!expected) return false;
  const hasIndex =
    expected.kind === 'constraint' && !['check', 'foreign key'].includes(String(expected.properties['type']));
  const relation = hasIndex ? indexNameOf(expected) : expected.name;
  return (
    (expected.kind === 'constraint' && found.has(`constraint ${expected.name}`)) ||
    ((expected.kind === 'index' || hasIndex) && relationKinds.some((kind) => found.has(`${kind} ${relation}`)))
  );
}

/** The indexes that have the names which those of a missing table would get. */
function listTakenIndexes({ expected: table }: Deviation, { surroundings }: StepContext): DescribedObject[] {
  return [...surroundings.expected.values()].flatMap((part) => {
    if (part.table !== table?.name || part.kind !== 'index') return [];
    return surroundings.found.get(`index ${part.name}`) ?? [];
  });
}

/** An index of the same table under the name: one that was built for the key, or that is left of a try to build it. */
function isLeftInvalid({ expected }: Deviation, { surroundings: { found } }: StepContext): boolean {
  const name = expected?.kind === 'constraint' ? indexNameOf(expected) : expected?.name;
  return expected !== undefined && found.get(`index ${name}`)?.table === expected.table;
}

const relationKinds = ['index', 'table', 'view', 'sequence', 'composite type'];

/**
 * A step that rows stand in the way of. A foreign key holds for new rows at once, and the rest waits for the decision what becomes of the old
 * ones; everything else waits as a whole.
 */
function withRowsInTheWay(step: AdoptStep): { readonly now?: AdoptStep; readonly later: AdoptStep } {
  const decision = ['-- Correct the rows or take them out, then:'];
  if (step.kind !== 'missing-foreign-key') return { later: { ...step, sql: [...decision, ...step.sql] } };
  const isValidation = (statement: string) => / VALIDATE CONSTRAINT /.test(statement);
  const { inTheWay: _, ...now } = step;
  return {
    now: { ...now, sql: step.sql.filter((statement) => !isValidation(statement) && !statement.startsWith('--')) },
    later: { ...step, sql: [...decision, ...step.sql.filter(isValidation)] },
  };
}

/** Changes of defaults as one statement a table: it is locked once. */
function groupDefaults(steps: readonly AdoptStep[]): AdoptStep[] {
  const groups = new Map<string, AdoptStep[]>();
  for (const step of steps) {
    const table = /^ALTER TABLE (.*?) ALTER COLUMN .* (?:SET|DROP) DEFAULT\b/.exec(step.sql[0] ?? '')?.[1];
    const key =
      table !== undefined && step.kind.endsWith('-default') ? `table ${table}` : `${step.kind} ${step.object}`;
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  return [...groups].flatMap(([key, group]) =>
    key.startsWith('table ') ? [groupOf(key.slice('table '.length), group)] : group,
  );
}

function groupOf(table: string, steps: readonly AdoptStep[]): AdoptStep {
  const [first, ...others] = steps as [AdoptStep, ...AdoptStep[]];
  if (others.length === 0) return first;
  const begin = `ALTER TABLE ${table}`;
  const columns = steps.map(
    ({ object, why }) => `${object.slice(object.lastIndexOf('.') + 1)} ${why.replace('; expected', ', expected')}`,
  );
  return {
    ...first,
    object: first.table ?? table,
    why: columns.join('; '),
    sql: [`${begin}\n  ${steps.map(({ sql }) => sql[0]?.slice(begin.length + 1, -1)).join(',\n  ')};`],
  };
}
