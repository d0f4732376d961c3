import { unqualifiedName } from '../../registry/qualified-name.ts';
import type { TableRename } from '../../registry/rename.ts';
import { buildCheck, buildListCheck, buildObjectCheck, checkText, readJsonFile } from '../json-shape.ts';
import { derivedName } from '../migrations/derived-names-sql.ts';

/** One thing that stays different on purpose. */
export interface AcceptedDifference {
  /** The object, as reports name it: `public.bookings.notes`. Under an old table name it is the same object. */
  readonly object: string;
  /** The property that stays different, as in `type`. Without it, whatever differs in the object. */
  readonly property?: string;
  /** Why, for readers of reports. */
  readonly reason: string;
}

/** What stays different on purpose: the content of `canonical-models.json`. */
export interface AcceptFile {
  /** Where the JSON Schema of this shape is, for editors. */
  readonly $schema?: string;
  /** The version of this shape. */
  readonly version: 1;
  /** What `baseline`, `migrate` and `check` accept. */
  readonly accept: readonly AcceptedDifference[];
}

const checkNotEmpty = buildCheck(
  'a text that is not empty',
  (value) => typeof value === 'string' && value.trim() !== '',
);

/** The same as `accept.schema.json`, which editors read. */
const checkAcceptFile = buildObjectCheck(
  {
    $schema: checkText,
    version: buildCheck('1', (value) => value === 1),
    accept: buildListCheck(
      buildObjectCheck({ object: checkNotEmpty, property: checkNotEmpty, reason: checkNotEmpty }, ['object', 'reason']),
    ),
  },
  ['version', 'accept'],
);

/**
 * Reads what stays different on purpose from a JSON file.
 *
 * @throws {InvalidInput} if the file cannot be read, is not JSON or has another shape.
 *
 * @example
 * import { readAcceptFile } from 'canonical-models/baseline';
 *
 * const { accept } = await readAcceptFile('canonical-models.json');
 */
export async function readAcceptFile(path: string): Promise<AcceptFile> {
  return (await readJsonFile(path, checkAcceptFile, {
    content: 'what stays different on purpose',
    schema: 'canonical-models/accept.schema.json',
  })) as AcceptFile;
}

/** Finds the entry that accepts a difference, and keeps which entries did. */
export interface Acceptance {
  /** @returns undefined if no entry accepts it. */
  find(difference: { readonly object: string; readonly property?: string }): AcceptedDifference | undefined;
  /** The entries for which `find` was never the answer, in their order. */
  listUnused(): AcceptedDifference[];
}

/** What a list of accepted differences accepts, in a database before or after its tables were renamed. */
export function buildAcceptance(accept: readonly AcceptedDifference[], renames: readonly TableRename[]): Acceptance {
  const used = new Set<AcceptedDifference>();
  /** The names that an object has before and after its table is renamed: a column keeps its own, indexes and constraints may not. */
  const namesOf = (object: string): string[] => [
    object,
    ...renames.flatMap(({ from, to }) => {
      const words = { oldWord: unqualifiedName(from), newWord: unqualifiedName(to) };
      if (object === from) return [to];
      const table = [from, to].find((name) => object.startsWith(`${name}.`));
      if (table !== undefined) {
        const own = object.slice(table.length + 1);
        return [`${to}.${own}`, `${to}.${derivedName(own, words)}`];
      }
      const schema = `${from.slice(0, from.indexOf('.'))}.`;
      return object.startsWith(schema) ? [`${schema}${derivedName(object.slice(schema.length), words)}`] : [];
    }),
  ];
  const namesOfEntries = new Map(accept.map((entry) => [entry, new Set(namesOf(entry.object))]));
  return {
    find({ object, property }) {
      const names = namesOf(object);
      const entry = accept.find(
        (each) =>
          names.some((name) => namesOfEntries.get(each)?.has(name)) &&
          (each.property === undefined || each.property === property),
      );
      if (entry) used.add(entry);
      return entry;
    },
    listUnused: () => accept.filter((entry) => !used.has(entry)),
  };
}
