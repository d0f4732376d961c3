import { definitionOf } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import type { Deviation } from '../deviations/deviation.ts';
import type { DeviationKind } from '../deviations/kinds.ts';
import type { StepContext } from './steps.ts';

/** What a statement can't use before people have decided about it. */
const ofColumns: ReadonlySet<DeviationKind> = new Set(['missing-required-column', 'other-type', 'other-generation']);
const ofTables: ReadonlySet<DeviationKind> = new Set(['other-key-type', 'meeting-tables', 'other-table-kind']);

/** What a step waits for. */
interface Undecided {
  /** As in `public.bookings.chef_id`. */
  readonly names: readonly string[];
  /** Whether the step can follow in the same script. One that needs a table which is not there yet, or of another kind, comes with the next. */
  readonly isSettledByScript: boolean;
  /** Whether all of it stays as it is on purpose: nobody decides about it any more. */
  readonly isAccepted: boolean;
}

/**
 * Lists the columns and tables that the statements of a deviation use and that people decide about first, as in `public.bookings.chef_id`:
 * an index on a column that is missing, a default for one of another type, a foreign key to a table whose key has another type.
 *
 * @param context.deviations All of the database, those that stay on purpose too.
 */
export function listUndecided(
  deviation: Deviation,
  { deviations, accepted, surroundings: { expected } }: Pick<StepContext, 'deviations' | 'accepted' | 'surroundings'>,
): Undecided | undefined {
  const { kind, expected: object, found } = deviation;
  if (!object) return undefined;
  const parts =
    kind === 'missing-table' ? [...expected.values()].filter(({ table }) => table === object.name) : [object];
  const open = deviations.filter(
    (other) => other !== deviation && isUsedBy(other, parts, found === undefined ? [] : [found]),
  );
  if (open.length === 0) return undefined;
  return {
    names: [...new Set(open.map((other) => other.object))],
    isSettledByScript: !open.some((other) => ofTables.has(other.kind)),
    isAccepted: open.every(
      (other) =>
        accepted.has(other) && (!ofTables.has(other.kind) || other.found?.properties['kind'] === 'partitioned'),
    ),
  };
}

function isUsedBy(
  { kind, property, expected, found, candidates }: Deviation,
  parts: readonly DescribedObject[],
  present: readonly DescribedObject[],
): boolean {
  if (ofColumns.has(kind) && expected) {
    return [...parts, ...present].some((part) =>
      part.kind === 'column'
        ? part.name === expected.name
        : columnsOf(part).some((column) => column === expected.name || column === found?.name),
    );
  }
  if (!ofTables.has(kind)) return false;
  if (property === 'persistence' || property === 'inherits') return false;
  const about = [expected, found].flatMap((object) => (object ? [object.table ?? object.name] : []));
  const tables = [...about, ...(candidates ?? [])];
  // A partitioned table takes no index that is built while clients write.
  return parts.some(
    (part) => tables.includes(part.table ?? part.name) || tables.includes(targetOf(part)?.table ?? part.name),
  );
}

/** The columns that the definition of an index or constraint names, as in `core.bookings.status`; more if a text in it reads like one. */
function columnsOf(part: DescribedObject): string[] {
  if (part.kind !== 'index' && part.kind !== 'constraint') return [];
  const target = targetOf(part);
  const own = definitionOf(part)
    .replace(/ REFERENCES .*$/s, '')
    .match(/"(?:[^"]|"")+"|\w+/g);
  return [
    ...(own ?? []).map((name) => `${part.table}.${name}`),
    ...(target?.columns ?? []).map((name) => `${target?.table}.${name}`),
  ];
}

/** What a foreign key leads to. */
function targetOf(part: DescribedObject): { readonly table: string; readonly columns: readonly string[] } | undefined {
  if (part.kind !== 'constraint') return undefined;
  const [, table, columns] = / REFERENCES (\S+?)\(([^)]*)\)/.exec(definitionOf(part)) ?? [];
  return table === undefined || columns === undefined ? undefined : { table, columns: columns.split(', ') };
}
