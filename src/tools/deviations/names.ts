import type { DescribedObject } from '../database/describe.ts';

/** A name with its schema, as in `public.bookings`, in its two parts. Either may be in double quotes. */
export function splitName(name: string): readonly [schema: string, own: string] {
  const schema = /^("(?:[^"]|"")+"|[^".]+)\./.exec(name)?.[1] ?? '';
  return [schema, name.slice(schema === '' ? 0 : schema.length + 1)];
}

/** The object's name within its table, as in `notes` for `public.bookings.notes`; that of an index or a table within its schema. */
export function ownNameOf({ kind, name, table }: DescribedObject): string {
  const isInTable = table !== undefined && kind !== 'index' && kind !== 'statistics' && kind !== 'sequence';
  return isInTable ? name.slice(table.length + 1) : splitName(name)[1];
}

/** An object's identity within a description, as in `column public.bookings.notes`. */
export function keyOf({ kind, name }: Pick<DescribedObject, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** A property that is a list of texts; empty if the object has none. */
export function listOf(object: DescribedObject | undefined, property: string): readonly string[] {
  const value = object?.properties[property];
  return Array.isArray(value) ? value.map(String) : [];
}

/** A property that is a text; empty if the object has none. */
export function textOf(object: DescribedObject | undefined, property: string): string {
  const value = object?.properties[property];
  return value === undefined || value === null ? '' : String(value);
}

/** The definition of an index in two parts: `CREATE INDEX … (…)`, and the condition of a partial one. */
export function splitCondition(definition: string): { readonly head: string; readonly condition?: string } {
  for (const { 0: token, index } of definition.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"| WHERE |[^'" ]+|./gs)) {
    if (token === ' WHERE ') {
      return { head: definition.slice(0, index), condition: definition.slice(index + token.length) };
    }
  }
  return { head: definition };
}
