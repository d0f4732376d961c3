import { literal, qualifiedIdentifier } from '../database/query.ts';

/** A table's old and new name without its schema, as `messages` and `customer_messages`. */
interface Words {
  readonly oldWord: string;
  readonly newWord: string;
}

const asWord = (word: string) => `(?<![A-Za-z0-9])${word.replace(/[^A-Za-z0-9_]/g, '\\$&')}(?![A-Za-z0-9])`;

/** The name that an index or a constraint gets with its table: itself if it does not carry the old name. */
export function derivedName(name: string, { oldWord, newWord }: Words): string {
  const isNew = newWord.includes(oldWord) && new RegExp(asWord(newWord)).test(name);
  return isNew ? name : name.replace(new RegExp(asWord(oldWord)), newWord);
}

/**
 * A query for the indexes and constraints of a table whose names carry its old name as a whole word between underscores, and the names
 * that they get with the table: `kind`, `name`, `new_name`, `relation` (whether the name is that of a relation, too). NOT NULL
 * constraints, which PostgreSQL 18 names, and what a table has from a parent are left out.
 *
 * @param table The table, as an SQL expression of type `regclass` or `oid`.
 */
export function derivedNames(table: string, { oldWord, newWord }: Words): string {
  const isOld = newWord.includes(oldWord) ? ` AND name !~ ${literal(asWord(newWord))}` : '';
  return `SELECT kind, name, relation, regexp_replace(name, ${literal(asWord(oldWord))}, ${literal(newWord)}) AS new_name
    FROM (
      SELECT 'CONSTRAINT' AS kind, conname::text AS name, contype IN ('p', 'u', 'x') AS relation FROM pg_constraint
      WHERE conrelid = ${table} AND contype IN ('c', 'f', 'p', 'u', 'x') AND coninhcount = 0 AND conparentid = 0
      UNION ALL
      SELECT 'INDEX', relname::text, true FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE indrelid = ${table} AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conrelid = ${table} AND conindid = indexrelid AND contype IN ('p', 'u', 'x')
      )
    ) AS named
    WHERE name ~ ${literal(asWord(oldWord))}${isOld}
    ORDER BY name`;
}

/**
 * A statement that gives the indexes and constraints of a renamed table its new name where they carry the old one. It looks up what the
 * table has in the database at hand: an index or constraint of another name, or one more, does not stop it. A name that is taken, or
 * would be too long, stays as it is.
 *
 * @param table By its present name, as `public.customer_messages`.
 */
export function renameDerivedNames(table: string, words: Words): string {
  return `DO $$ -- On ${table}, ${words.oldWord} becomes ${words.newWord}.
DECLARE
  renamed regclass := ${literal(qualifiedIdentifier(table))};
  own_schema regnamespace := (SELECT relnamespace FROM pg_class WHERE oid = renamed);
  named record;
BEGIN
  FOR named IN
    ${derivedNames('renamed', words)}
  LOOP
    CONTINUE WHEN octet_length(named.new_name) > 63
      OR EXISTS (SELECT FROM pg_constraint WHERE conrelid = renamed AND conname = named.new_name)
      OR (named.relation AND EXISTS (SELECT FROM pg_class WHERE relnamespace = own_schema AND relname = named.new_name));
    IF named.kind = 'INDEX' THEN
      EXECUTE format('ALTER INDEX %s.%I RENAME TO %I', own_schema, named.name, named.new_name);
    ELSE
      EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', renamed, named.name, named.new_name);
    END IF;
  END LOOP;
END $$;`;
}

/** How a statement of `renameDerivedNames` begins: the table, its old name and its new one. */
export const renameDerivedNamesPattern: RegExp = /^DO \$\$ -- On (\S+), (\S+) becomes (\S+)\.\n/;
