import type { DescribedObject } from '../../database/describe.ts';

/** The object's own name, without those of its schema and table. */
export function ownName({ kind, name, table }: DescribedObject): string {
  const within = kind === 'index' || kind === 'view' || kind === 'table' ? undefined : table;
  if (within !== undefined) return name.slice(within.length + 1);
  const schema = /^("(?:[^"]|"")+"|[^".]+)\./.exec(name)?.[0] ?? '';
  return name.slice(schema.length);
}

export function definitionOf({ properties }: DescribedObject): string {
  return String(properties['definition']);
}

/** The definition of an index, to be built while clients write; under another name where one is given. */
export function concurrently(definition: string, name?: string): string {
  return definition.replace(
    /^CREATE (UNIQUE )?INDEX ("(?:[^"]|"")+"|\S+) ON /,
    (_, unique: string | undefined, own: string) => `CREATE ${unique ?? ''}INDEX CONCURRENTLY ${name ?? own} ON `,
  );
}

/** A name of at most 63 bytes that is made of another one. */
export function withSuffix(name: string, suffix: string): string {
  const plain = name.startsWith('"') ? name.slice(1, -1) : name;
  const long = `${plain.slice(0, 62 - suffix.length)}_${suffix}`;
  return name.startsWith('"') ? `"${long}"` : long;
}

export function withSpaces(option: string): string {
  return option.replace('=', ' = ');
}

export function withSemicolon(statement: string): string {
  return `${statement.trim().replace(/;$/, '')};`;
}

/** Whether a definition names a table or type, as in `public.customer_messages`. */
export function names(definition: string, object: string): boolean {
  const escaped = object.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`(?<![\\w".])${escaped}(?![\\w".])`).test(definition);
}

/** What statements call a view. */
export function viewKindOf({ properties }: DescribedObject): string {
  return properties['kind'] === 'materialized' ? 'MATERIALIZED VIEW' : 'VIEW';
}
