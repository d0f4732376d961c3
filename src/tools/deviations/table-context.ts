import type { DescribedObject } from '../database/describe.ts';
import type { Deviation, NormalForms } from './deviation.ts';
import { type DeviationKind, deviationKinds } from './kinds.ts';
import type { LabelComparison } from './labels.ts';
import type { PlacedObject } from './places.ts';
import { wordsOf } from './words.ts';

/** A table of the expected description beside the table of the database that it is. */
export interface TableContext {
  readonly placed: PlacedObject;
  readonly found: DescribedObject;
  /** Columns, constraints, indexes and all else that belongs to it. */
  readonly expectedParts: readonly PlacedObject[];
  readonly foundParts: readonly DescribedObject[];
  readonly foundByKey: ReadonlyMap<string, DescribedObject>;
  readonly isGuarded: boolean;
  readonly normalForms?: NormalForms;
}

/** What belongs to each table, in its order. */
export function groupByTable<Part extends { readonly table?: string }>(
  objects: readonly Part[],
): ReadonlyMap<string, readonly Part[]> {
  const groups = new Map<string, Part[]>();
  for (const object of objects) {
    if (object.table === undefined) continue;
    const group = groups.get(object.table);
    if (group) group.push(object);
    else groups.set(object.table, [object]);
  }
  return groups;
}

interface Subject {
  readonly placed?: PlacedObject;
  readonly found?: DescribedObject;
  /** The expected table, for an object that is only found. */
  readonly table?: string;
  readonly property?: string;
  readonly candidates?: readonly string[];
  readonly labels?: LabelComparison;
}

/** A deviation of a kind, with its treatment and its words. */
export function buildDeviation(kind: DeviationKind, subject: Subject): Deviation {
  const { placed, found, property, candidates, labels } = subject;
  const object = (placed?.here ?? found) as DescribedObject;
  const table = placed ? (placed.table ?? (object.kind === 'table' ? placed.name : undefined)) : subject.table;
  return {
    kind,
    treatment: deviationKinds[kind].treatment,
    ...(table !== undefined && { table }),
    object: placed?.name ?? object.name,
    objectKind: object.kind,
    ...(property !== undefined && { property }),
    ...(placed && { expected: placed.here }),
    ...(found && { found }),
    ...(candidates && { candidates }),
    words: wordsOf(kind, {
      ...(placed && { expected: placed.here }),
      ...(found && { found }),
      ...(property !== undefined && { property }),
      ...(candidates && { candidates }),
      ...(labels && { labels }),
    }),
  };
}
