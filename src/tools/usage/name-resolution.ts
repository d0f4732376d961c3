import { unqualifiedName } from '../../registry/qualified-name.ts';
import type { TableRename } from '../../registry/renames.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import type { Query } from '../database/query.ts';
import type { OldNameState } from '../database-state.ts';
import { identifiersOf, type RelationReference } from './relation-references.ts';

/** An old table name, as the database has it. */
export interface OldName {
  readonly entry: TableRename;
  readonly state: OldNameState;
  /** The object identifier of the relation, as text; undefined if there is none. */
  readonly oid?: string;
}

/**
 * What a name in a statement means. `unknown`: it is the bare name of an old table, but the known search_path leads to no
 * relation of that name, so the session has set another; or it leads to another old table of that name, and a session with another
 * search_path means this one.
 */
export type Meaning =
  | {
      readonly kind: 'old';
      readonly oldName: OldName;
      /** Other old names with the same bare name, which a session with another search_path means by it. */
      readonly perhaps: readonly OldName[];
    }
  | { readonly kind: 'other' }
  | { readonly kind: 'unknown'; readonly names: readonly OldName[] };

/** The names of a database that concern old names: which role means which relation by which name. */
export interface NameResolution {
  readonly oldNames: readonly OldName[];
  /**
   * Resolves a name as a role means it.
   *
   * @param role The role's object identifier as text; undefined for an unknown role.
   * @param searchPath A search_path that takes precedence over the role's, such as a function's.
   */
  meaningOf(reference: RelationReference, role: string | undefined, searchPath?: string): Meaning;
  /** The name of a role, by its object identifier. */
  roleName(role: string): string | undefined;
  /** Relations of other schemas that share a bare name with an old table, as in `crm.messages`. */
  readonly namesakes: readonly string[];
}

interface Role {
  readonly name: string;
  readonly searchPath: string | null;
  /** Schemas with such a relation that the role may not use: PostgreSQL skips them. */
  readonly closed: readonly string[];
}

const other: Meaning = { kind: 'other' };
const registered = new Set(tableRenames.map(({ from }) => from));
const defaultSearchPath = '"$user", public';

/** Reads the relations under old names, their namesakes in other schemas, and the search_path of every role. */
export async function readNames(query: Query, entries: readonly TableRename[]): Promise<NameResolution> {
  const bareNames = [...new Set(entries.map(({ from }) => unqualifiedName(from)))];
  const { rows: relations } = await query(
    `SELECT c.oid::text AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = ANY ($1::text[]) AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast%'`,
    [bareNames],
  );
  const { rows: roles } = await query(
    `SELECT r.oid::text AS oid, r.rolname::text AS name, path.setting AS search_path,
       (SELECT array_to_json(array_agg(n.nspname::text)) FROM pg_namespace n
        WHERE n.nspname = ANY ($1::text[]) AND NOT has_schema_privilege(r.oid, n.oid, 'USAGE')) AS closed
     FROM pg_roles r
     LEFT JOIN LATERAL (
       SELECT substr(line, length('search_path=') + 1) AS setting
       FROM pg_db_role_setting s, unnest(s.setconfig) AS line
       WHERE line LIKE 'search_path=%' AND s.setrole IN (r.oid, 0)
         AND s.setdatabase IN ((SELECT oid FROM pg_database WHERE datname = current_database()), 0)
       ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1
     ) AS path ON true`,
    [[...new Set(relations.map(({ schema }) => String(schema)))]],
  );
  const { rows: canonical } = await query(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY ($1::text[])`,
    [entries.map(({ to }) => to)],
  );
  const { rows: settings } = await query(
    `SELECT (SELECT substr(line, length('search_path=') + 1) FROM pg_db_role_setting s, unnest(s.setconfig) AS line
             WHERE line LIKE 'search_path=%' AND s.setrole = 0
               AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())) AS of_database,
       (SELECT reset_val FROM pg_settings WHERE name = 'search_path' AND source = 'configuration file') AS of_server`,
  );
  const [setting] = settings;
  const commonPath = String(setting?.['of_database'] ?? setting?.['of_server'] ?? defaultSearchPath);

  const kinds = new Map(relations.map(({ schema, name, kind, oid }) => [`${schema}.${name}`, { kind, oid }]));
  const oldNames = entries.map((entry): OldName => {
    const relation = kinds.get(entry.from);
    if (!relation) return { entry, state: canonical.some(({ name }) => name === entry.to) ? 'gone' : 'missing' };
    return { entry, state: relation.kind === 'v' ? 'view' : 'table', oid: String(relation.oid) };
  });
  const present = oldNames.filter(({ oid }) => oid !== undefined);
  const byOid = new Map<string, Role>(
    roles.map(({ oid, name, search_path: searchPath, closed }) => [
      String(oid),
      {
        name: String(name),
        searchPath: searchPath === null ? null : String(searchPath),
        closed: (closed ?? []) as string[],
      },
    ]),
  );

  return {
    oldNames,
    roleName: (role) => byOid.get(role)?.name,
    namesakes: [...kinds.keys()].filter((name) => !entries.some(({ from }) => from === name)).sort(),
    meaningOf({ schema, name }, roleOid, searchPath) {
      if (schema !== undefined) {
        const oldName = present.find(({ entry }) => entry.from === `${schema}.${name}`);
        return oldName ? { kind: 'old', oldName, perhaps: [] } : other;
      }
      const candidates = present.filter(({ entry }) => unqualifiedName(entry.from) === name);
      if (candidates.length === 0) return other;
      const role = roleOid === undefined ? undefined : byOid.get(roleOid);
      for (const entry of schemasOf(searchPath ?? role?.searchPath ?? commonPath)) {
        const at = entry === '$user' ? role?.name : entry;
        if (at === undefined || role?.closed.includes(at) || !kinds.has(`${at}.${name}`)) continue;
        const oldName = candidates.find(({ entry: { from } }) => from === `${at}.${name}`);
        const others = searchPath === undefined ? candidates.filter((candidate) => candidate !== oldName) : [];
        if (oldName) return { kind: 'old', oldName, perhaps: others };
        return others.length > 0 && registered.has(`${at}.${name}`) ? { kind: 'unknown', names: others } : other;
      }
      return searchPath === undefined ? { kind: 'unknown', names: candidates } : other;
    },
  };
}

/** The schemas of a search_path as PostgreSQL writes one, in their order. */
export function schemasOf(searchPath: string): string[] {
  return identifiersOf(searchPath).filter((name) => name !== '');
}
