import { parseQualifiedName } from '../../registry/qualified-name.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import { identifier, type Query, qualifiedIdentifier } from '../database/query.ts';
import {
  type ExistingObject,
  existingObjects,
  publicationsThatRefuseUpdates,
  readersOfSomeColumns,
  rolesOfServer,
  tablesOnWorkers,
  takenNames,
} from './existing-objects.ts';
import { expectedIndexes, expectedTables, FoundObjects } from './found-objects.ts';
import type { Migration } from './migrations-folder.ts';
import { type Need, nameBefore, neededBy } from './needed-objects.ts';
import type { Obstacle } from './obstacle.ts';
import { recordStatement, recordTable } from './record.ts';

/** A need with its migration. */
type Pending = Need & { readonly migration: Migration };
type Of<Kind extends Need['needs']> = Extract<Pending, { needs: Kind }>;

/** What is to be looked at. */
interface PendingMigrations {
  readonly applied: readonly Migration[];
  readonly pending: readonly Migration[];
  /** Where tables of the baseline stand that are not in their places yet, as `core.messages` for `public.messages`. @default none */
  readonly places?: ReadonlyMap<string, string>;
}

/**
 * Lists everything in a database that would stop one of the pending migrations, so that none is applied in vain. What they need is read
 * from their statements; nothing is written, and no table is locked or read.
 *
 * @param query A session with its turn, or in a transaction that sees one moment: another deploy at work changes what is there.
 */
export async function findObstacles(
  query: Query,
  { applied, pending, places = new Map() }: PendingMigrations,
): Promise<readonly Obstacle[]> {
  const needs = pending.flatMap((migration): Pending[] => neededBy(migration).map((need) => ({ ...need, migration })));
  const renames = needs.filter((need): need is Of<'renames'> => need.needs === 'renames');
  /** The name that a table has now, and where. */
  const now = (table: string): string => {
    const before = nameBefore(renames, table);
    return places.get(before) ?? before;
  };
  const earlier = applied.flatMap((migration) => neededBy(migration));
  const tables = [
    ...needs.flatMap((need) => ('table' in need ? [need.table, now(need.table)] : [])),
    ...renames.flatMap(({ from, to }) => [from, to]),
    ...tablesOf(earlier),
    ...places.values(),
  ];
  const objects = await existingObjects(query, {
    schemas: needs.flatMap((need) => (need.needs === 'creates' && need.kind === 'schema' ? [need.name] : [])),
    relations: [
      ...needs.flatMap((need) => (need.needs === 'creates' ? [need.name] : [])),
      ...tables,
      ...tableRenames.map(({ to }) => to),
    ],
    functions: needs.flatMap((need) => (need.needs === 'creates' && need.kind === 'function' ? [need.name] : [])),
    tables: [...new Set([...tables, ...tablesOf(needs), ...tableRenames.map(({ to }) => to)])],
  });
  const state = new FoundObjects(objects, now);

  const ours = new Set(earlier.flatMap((need) => ('replaces' in need ? [keyOf(need)] : [])));
  // What an earlier migration created does not show that a later one, which replaces it, was applied.
  const recorded = pending.filter((migration) =>
    state.isApplied(
      needs.filter(
        (need) => need.migration === migration && !('replaces' in need && need.replaces && ours.has(keyOf(need))),
      ),
    ),
  );
  const open = needs.filter(({ migration }) => !recorded.includes(migration));
  const created = new Set(
    open.flatMap((need) => (need.needs === 'creates' && need.kind === 'table' ? [need.name] : [])),
  );
  /** The tables that earlier statements create, or rename: a later rename finds them. */
  const coming = new Set([...created, ...renames.map(({ to }) => to)]);
  const fromNow = new Set(renames.map(({ from }) => from));

  const obstacles: Obstacle[] = [
    ...(await onWorkers(query, [...new Set([...tables, ...expectedTables].map(now))])),
    ...recorded.map((migration) => rowIsGone(migration)),
  ];
  for (const need of open) {
    switch (need.needs) {
      case 'creates':
        // A view gets the old name of its table once that is free.
        if (!fromNow.has(need.name)) obstacles.push(...takenName(need, state, ours));
        break;
      case 'adds':
        if (!created.has(need.table)) obstacles.push(...takenPart(need, state, ours));
        break;
      case 'renames':
        obstacles.push(...(await rename(query, { ...need, at: places.get(need.from) ?? need.from }, state, coming)));
        break;
      case 'unique':
      case 'key':
        if (!created.has(need.table)) obstacles.push(...keys(need, state));
        break;
      case 'writes':
        obstacles.push(...rules(need, state));
        break;
      case 'updates':
        obstacles.push(...(await publications(query, need, state)));
        break;
      case 'roles':
        obstacles.push(...(await roles(query, need)));
        break;
    }
  }
  const willBeRenamed = renames
    .map(({ from, migration }) => ({ at: places.get(from) ?? from, migration }))
    .filter(({ at, migration }) => state.isTable(at) && !recorded.includes(migration));
  for (const { table, role, columns } of await readersOfSomeColumns(
    query,
    willBeRenamed.map(({ at }) => at),
  )) {
    obstacles.push({
      kind: 'column-privileges',
      migration: willBeRenamed.find(({ at }) => at === table)?.migration.name ?? null,
      object: table,
      found: `role ${role}, which may read some columns only: ${columns}`,
      expected: `a role that may read the whole table or none of it: the view under the old name can't pass on a part`,
      next: `GRANT SELECT ON ${qualifiedIdentifier(table)} TO ${role}; or REVOKE SELECT (${columns}) ON ${qualifiedIdentifier(table)} FROM ${role}`,
    });
  }
  return once(obstacles);
}

function tablesOf(needs: readonly Need[]): readonly string[] {
  return needs.flatMap((need) => (need.needs === 'creates' && need.kind === 'table' ? [need.name] : []));
}

function keyOf(need: Extract<Need, { replaces: boolean }>): string {
  return need.needs === 'creates' ? `${need.kind} ${need.name}` : `${need.kind} ${need.table} ${need.name}`;
}

/** Statements that give an object another name, by what it is. */
function renameAside(object: ExistingObject): string {
  const { schema, name } = parseQualifiedName(object.name);
  const aside = identifier(`${name.slice(0, 56)}_before`);
  const kinds: Readonly<Record<string, string>> = {
    view: 'VIEW',
    'materialized view': 'MATERIALIZED VIEW',
    sequence: 'SEQUENCE',
    index: 'INDEX',
    'foreign table': 'FOREIGN TABLE',
    enum: 'TYPE',
    type: 'TYPE',
    'composite type': 'TYPE',
    domain: 'DOMAIN',
  };
  if (object.kind === 'schema')
    return `ALTER SCHEMA ${identifier(object.name)} RENAME TO ${identifier(`${object.name.slice(0, 56)}_before`)}`;
  if (object.kind === 'function') {
    const [, of = '', types = ''] = /^(.*?)(\(.*)$/.exec(object.name) ?? [];
    const routine = parseQualifiedName(of);
    return `ALTER ROUTINE ${qualifiedIdentifier(of)}${types} RENAME TO ${identifier(`${routine.name.slice(0, 56)}_before`)}`;
  }
  return `ALTER ${kinds[object.kind] ?? 'TABLE'} ${identifier(schema)}.${identifier(name)} RENAME TO ${aside}`;
}

function takenName(need: Of<'creates'>, state: FoundObjects, ours: ReadonlySet<string>): Obstacle[] {
  const object = need.kind === 'schema' ? state.schema(need.name) : state.relation(need.name);
  if (!object) return [];
  const isReplaced = need.replaces && ours.has(keyOf(need));
  if (isReplaced) {
    if (object.isOurs !== false) return [];
    return [
      {
        kind: 'rights',
        migration: need.migration.name,
        object: need.name,
        found: `a ${object.kind} of ${object.owner}, which the role that migrates may not replace`,
        expected: 'its owner, or a member of it',
        next: `connect as ${object.owner}, or as an administrator: GRANT ${identifier(object.owner ?? '')} TO the role that migrates`,
      },
    ];
  }
  return [
    {
      kind: 'name',
      migration: need.migration.name,
      object: need.name,
      found: `${withArticle(object.kind)} of that name${object.of && object.kind === 'index' ? ` on ${object.of}` : ''}, which no migration of ${recordTable} created`,
      expected: `a free name for the ${need.kind} that the migration creates`,
      next: `give it another name: ${renameAside(object)}; or drop it if nobody needs it`,
    },
  ];
}

function takenPart(need: Of<'adds'>, state: FoundObjects, ours: ReadonlySet<string>): Obstacle[] {
  const table = state.now(need.table);
  const found = state.part(need.kind, table, need.name);
  const obstacles: Obstacle[] = [];
  const [quotedTable, quotedName] = [qualifiedIdentifier(table), identifier(need.name)];
  const aside = identifier(`${need.name.slice(0, 56)}_before`);
  if (found && !(need.replaces && ours.has(keyOf(need)))) {
    const renaming = {
      column: `ALTER TABLE ${quotedTable} RENAME COLUMN ${quotedName} TO ${aside}`,
      constraint: `ALTER TABLE ${quotedTable} RENAME CONSTRAINT ${quotedName} TO ${aside}`,
      trigger: `ALTER TRIGGER ${quotedName} ON ${quotedTable} RENAME TO ${aside}`,
      policy: `DROP POLICY ${quotedName} ON ${quotedTable}`,
    }[need.kind];
    obstacles.push({
      kind: 'name',
      migration: need.migration.name,
      object: `${table}: ${need.kind} ${need.name}`,
      found: `a ${need.kind} of that name${found.detail ? ` (${found.detail})` : ''}, which no migration of ${recordTable} created`,
      expected: `a table without it: the migration adds it`,
      next: need.kind === 'policy' ? renaming : `give it another name: ${renaming}; or drop it if nobody needs it`,
    });
  }
  if (need.kind !== 'column') return obstacles;
  for (const parent of state.parts('parent', table)) {
    if (parent.detail !== 'partition') continue;
    obstacles.push({
      kind: 'inheritance',
      migration: need.migration.name,
      object: table,
      found: `a partition of ${parent.name}, to which PostgreSQL adds no column`,
      expected: 'a table of its own',
      next: `ALTER TABLE ${qualifiedIdentifier(parent.name)} DETACH PARTITION ${quotedTable}`,
    });
  }
  for (const child of state.parts('child', table)) {
    if (!(child.detail ?? '').split(',').includes(need.name)) continue;
    obstacles.push({
      kind: 'inheritance',
      migration: need.migration.name,
      object: `${child.name}: column ${need.name}`,
      found: `a column of that name in a table that inherits from ${table}`,
      expected: 'a child without it: the migration adds it to the parent',
      next: `ALTER TABLE ${qualifiedIdentifier(child.name)} RENAME COLUMN ${quotedName} TO ${aside}`,
    });
  }
  return [...obstacles, ...foreignChildren(need.migration, table, state)];
}

function foreignChildren(migration: Migration, table: string, state: FoundObjects): Obstacle[] {
  return state
    .parts('child', table)
    .filter(({ isOurs }) => isOurs === false)
    .map(({ name, owner }) => ({
      kind: 'rights',
      migration: migration.name,
      object: name,
      found: `a child of ${table} that ${owner} owns, which the role that migrates may not alter`,
      expected: 'children of the owner of their parent: what changes in the parent changes in them',
      next: `connect as an administrator, or ALTER TABLE ${qualifiedIdentifier(name)} NO INHERIT ${qualifiedIdentifier(table)}`,
    }));
}

async function rename(
  query: Query,
  { from, to, at, migration }: Of<'renames'> & { readonly at: string },
  state: FoundObjects,
  coming: ReadonlySet<string>,
): Promise<Obstacle[]> {
  const [old, present] = [state.relation(at), at === to ? undefined : state.relation(to)];
  const about = { migration: migration.name, object: from };
  if (coming.has(from) && !old) return present ? [nameOfRename(migration, from, present)] : [];
  if (state.isTable(at)) {
    const taken = await takenNames(query, { at, from, to });
    return [
      ...(present ? [nameOfRename(migration, from, present)] : []),
      ...taken
        .filter(({ newName }) => expectedIndexes.has(newName))
        .map(
          ({ name, newName, kind, of }): Obstacle => ({
            kind: 'name',
            migration: migration.name,
            object: newName,
            found: `${withArticle(kind)} of that name${of ? ` on ${of}` : ''}`,
            expected: `a free name for the index ${name} of ${at}, which gets it with its table`,
            next: `give it another name: ${renameAside({ kind, name: newName, of, owner: null, isOurs: null, detail: null })}`,
          }),
        ),
      ...foreignChildren(migration, at, state),
    ];
  }
  if (!old && state.isTable(to)) {
    return [
      {
        ...about,
        kind: 'table',
        found: `no such table, and a table ${to}, which has the new name already`,
        expected: 'the table under its old name: the migration renames it with all that goes with it',
        next: `if it is the same table, give it its old name back: ALTER TABLE ${qualifiedIdentifier(to)} RENAME TO ${identifier(parseQualifiedName(from).name)}`,
      },
    ];
  }
  return [
    {
      ...about,
      kind: 'table',
      found: `${old ? withArticle(old.kind) : 'no such table'}${present ? `, and ${withArticle(present.kind)} ${to}` : ''}`,
      expected: 'a table, which the migration renames',
      next: 'canonical-models check shows what is there; restore the table, then run the command again',
    },
  ];
}

function nameOfRename(migration: Migration, from: string, present: ExistingObject): Obstacle {
  return {
    kind: 'name',
    migration: migration.name,
    object: present.name,
    found: `${withArticle(present.kind)} of that name beside the table ${from}`,
    expected: `a free name: the migration gives it to ${from}`,
    next: `give it another name: ${renameAside(present)}; or drop it if nobody needs it`,
  };
}

/** A partitioned table has no key without the columns that it is partitioned by. */
function keys({ needs, migration, table, columns }: Of<'unique' | 'key'>, state: FoundObjects): Obstacle[] {
  const present = state.now(table);
  if (!state.isTable(present)) return [];
  const list = [...columns].sort().join(', ');
  const partitions = state.parts('partition key', present)[0];
  const allowsKey = (partitions?.detail ?? '').split(', ').every((name) => name === '' || columns.includes(name));
  const isThere = needs === 'unique' ? allowsKey : state.parts('key', present).some(({ detail }) => detail === list);
  if (isThere) return [];
  const [quotedTable, quotedColumns] = [qualifiedIdentifier(present), columns.map(identifier).join(', ')];
  return [
    {
      kind: allowsKey ? 'key' : 'inheritance',
      migration: migration.name,
      object: `${present}: key (${columns.join(', ')})`,
      found: allowsKey
        ? 'no unique key on these columns'
        : `a table that is partitioned by ${partitions?.name}, and can't have a unique key on these columns alone`,
      expected:
        needs === 'unique'
          ? 'a table that takes the key: the migration adds it'
          : 'the key: foreign keys of new tables lead to it, or rows are added only once by it',
      next: allowsKey
        ? `ALTER TABLE ${quotedTable} ADD UNIQUE (${quotedColumns})`
        : `partition it by these columns, as in PARTITION BY HASH (${quotedColumns}), or move its rows into a table without partitions`,
    },
  ];
}

function rules({ migration, table }: Of<'writes'>, state: FoundObjects): Obstacle[] {
  const present = state.now(table);
  return state.parts('rule', present).map(({ name }) => ({
    kind: 'rule',
    migration: migration.name,
    object: `${present}: rule ${name}`,
    found: 'a rule on a table whose rows the migration writes',
    expected: 'a table that takes INSERT … ON CONFLICT, which PostgreSQL refuses where a rule is',
    next: `ALTER TABLE ${qualifiedIdentifier(present)} DISABLE RULE ${identifier(name)}, and enable it again afterwards`,
  }));
}

/** A publication that can't tell which row was updated keeps everybody from updating the table. */
async function publications(
  query: Query,
  { migration, table }: Of<'updates'>,
  state: FoundObjects,
): Promise<Obstacle[]> {
  const present = state.now(table);
  return (await publicationsThatRefuseUpdates(query, present)).map(({ name, listsColumns }) => ({
    kind: 'publication',
    migration: migration.name,
    object: present,
    found: `publication ${name}, for which PostgreSQL refuses every UPDATE: the replica identity of the table lacks a column of its filter, or its list a column of that`,
    expected: 'a table that can be updated: the migration writes to rows that are there',
    next: listsColumns
      ? `ALTER PUBLICATION ${identifier(name)} SET TABLE … with the columns of the key in its list, or without a list`
      : `ALTER TABLE ${qualifiedIdentifier(present)} REPLICA IDENTITY FULL`,
  }));
}

/** If the roles are all there, the statement only checks them: so it can be tried. */
async function roles(query: Query, { names, statement, migration }: Of<'roles'>): Promise<Obstacle[]> {
  const { present, mayCreate, role } = await rolesOfServer(query, names);
  const missing = names.filter((name) => !present.includes(name));
  const obstacle = (found: string, next: string): Obstacle => ({
    kind: 'rights',
    migration: migration.name,
    object: `role ${missing[0] ?? names.join(', ')}`,
    found,
    expected: 'the groups that row-level security restricts',
    next,
  });
  if (missing.length > 0) {
    const [, hint = ''] = /HINT = '(An administrator [^']*)'/.exec(statement) ?? [];
    return mayCreate ? [] : [obstacle(`none, and ${role} may not create roles`, hint)];
  }
  await query('SAVEPOINT before_roles');
  try {
    await query(statement);
    return [];
  } catch (error) {
    const { code, message, hint } = error as { code?: string; message?: string; hint?: string };
    if (code === undefined || !/^(P0001|42501)$/.test(code)) throw error;
    return [obstacle(String(message).replace(/^[^:]*: found /, ''), String(hint))];
  } finally {
    await query('ROLLBACK TO SAVEPOINT before_roles');
  }
}

async function onWorkers(query: Query, tables: readonly string[]): Promise<Obstacle[]> {
  return (await tablesOnWorkers(query, tables)).map((table) => ({
    kind: 'workers',
    migration: null,
    object: table,
    found: 'a table that Citus distributes or copies to its workers',
    expected:
      'tables that stay on one server: on its workers Citus makes restrictive policies permissive, and every row would be open to every station',
    next: `as an administrator: SELECT undistribute_table('${qualifiedIdentifier(table).replaceAll("'", "''")}'), or stay without this package`,
  }));
}

function rowIsGone(migration: Migration): Obstacle {
  return {
    kind: 'record',
    migration: migration.name,
    object: migration.name,
    found: `no row in ${recordTable}, and a database that is not as it was before this migration: it has all that the migration leaves`,
    expected: 'a database that has what its record says, and no more; nothing was changed',
    next: `canonical-models check shows what is there. If the migration was applied whole and only its row is gone, put it back: ${recordStatement(migration)}`,
  };
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function once(obstacles: readonly Obstacle[]): readonly Obstacle[] {
  const seen = new Set<string>();
  return obstacles.filter(({ kind, object, found }) => {
    const key = JSON.stringify([kind, object, found]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
