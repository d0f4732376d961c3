import { getTableConfig, getViewConfig, type PgColumn, type PgTable, type PgView } from 'drizzle-orm/pg-core';
import * as views from '../../../src/generated/views.ts';
import type { StationAccess, StationAssignment } from '../../../src/identity/access/grants.ts';
import { type StationReference, type StationScope, stationScopes } from '../../../src/identity/access/scopes.ts';
import type { StationStatus, UserStatus } from '../../../src/identity/index.ts';
import { models as canonicalModels } from '../../../src/registry/models.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import type { Query } from '../../../src/tools/database/query.ts';

/** A column's value as JSON has it. */
export type Value = string | number | boolean | null | readonly string[] | { readonly [key: string]: string };

/** A row as the test knows it: the columns that it wrote, by their names. */
export type Row = { readonly [column: string]: Value };

/** A reference, with the column that it refers to. */
type Link = StationReference & { readonly key: string };

/** A scoped table, as its model and the list of scopes have it. */
export interface ScopedModel {
  /** With its PostgreSQL schema. */
  readonly name: string;
  /** Without it: how a statement knows the rows where they have no other name. */
  readonly table: string;
  /** The view that stays under the old name. */
  readonly oldName: string | undefined;
  /** The columns that came after the view, which has none of them. */
  readonly newColumns: readonly string[];
  readonly scope: Exclude<StationScope, { by: 'none' }>;
  /** The column of the primary key. */
  readonly key: string;
  /** Every reference to a scoped table that the scope names: the station, if a column has it, and then the rest in their order. */
  readonly links: readonly Link[];
  readonly columns: readonly PgColumn[];
  /** Columns whose values no two rows may share, together. */
  readonly uniques: readonly (readonly string[])[];
  /** A column that may be written to and decides nothing, and what that is, as SQL and as a value. */
  readonly touched: { readonly column: string; readonly sql: string; readonly value: Value };
}

const models = new Map<string, PgTable>(canonicalModels().map(({ name, table }) => [name, table]));
const numbers = new Map([...models.keys()].sort().map((name, index) => [name, index + 1]));

/** The number of a row that belongs to no station. */
export const noStation = 99;
export const stationCount = 40;

/** An id that says to which table and to which station its row belongs, whatever the database thinks. */
export function idOf(table: string, station: number, row: number): string {
  const [first, second, last] = [numbers.get(table) ?? 0, station, row].map((part) => part.toString(16));
  return `${first?.padStart(8, '0')}-${second?.padStart(4, '0')}-4000-8000-${last?.padStart(12, '0')}`;
}

/** The station in an id of {@link idOf}. */
export const stationIn = (id: string): number => Number.parseInt(id.slice(9, 13), 16);

/** The text of ten characters that every text of a row of a station begins with: `S07T05N003`. */
const markerOf = (table: string, station: number, row: number) =>
  `${markerOfStation(station)}T${String(numbers.get(table)).padStart(2, '0')}N${String(row).padStart(3, '0')}`;

/** What the texts of a station's rows begin with, and those of no other. */
export const markerOfStation = (station: number): string => `S${String(station).padStart(2, '0')}`;

/** The id of a station by its number. */
export const stationId = (station: number): string => idOf('identity.stations', station, 0);

/** The id of a user by their number. */
export const userId = (user: number): string => idOf('identity.users', 0, user);

const touchedBy: readonly { readonly takes: (column: PgColumn) => boolean; readonly value: Value }[] = [
  { takes: isText, value: 'touched' },
  { takes: isMarkedJson, value: {} },
  { takes: (column) => column.getSQLType() === 'timestamp with time zone', value: '2001-01-01T00:00:00+00:00' },
];

/** Every scoped table, each after those that it refers to. */
export const scopedModels: readonly ScopedModel[] = inOrder(
  Object.entries(stationScopes as Readonly<Record<string, StationScope>>).flatMap(([name, scope]) =>
    scope.by === 'none' ? [] : [modelOf(name, scope)],
  ),
);

/** A scoped table by its name. */
export function scopedModel(name: string): ScopedModel {
  const found = scopedModels.find((model) => model.name === name);
  if (!found) throw new Error(`${name} is not a scoped table`);
  return found;
}

function modelOf(name: string, scope: ScopedModel['scope']): ScopedModel {
  const model = models.get(name);
  if (!model) throw new Error(`${name} has a scope and no model`);
  const { columns, indexes, uniqueConstraints } = getTableConfig(model);
  const own = scope.by !== 'parent' && scope.column !== 'id' ? scope.column : undefined;
  const references = scope.by === 'column' ? (scope.references ?? []) : scope.parents;
  const links = [...(own ? [{ column: own, table: 'identity.stations' }] : []), ...references];
  const uniques = [
    ...columns.filter(({ primary, isUnique }) => primary || isUnique).map((column) => [column.name]),
    ...uniqueConstraints.map((constraint) => constraint.columns.map((column) => column.name)),
    ...indexes
      .filter(({ config }) => config.unique && !config.where)
      .map(({ config }) => config.columns.map((column) => ('name' in column ? String(column.name) : ''))),
  ];
  const plain = columns.filter(
    (column) =>
      !column.primary && !uniques.flat().includes(column.name) && !links.some((link) => link.column === column.name),
  );
  const touched = touchedBy.flatMap(({ takes, value }) => {
    const column = plain.find(takes)?.name;
    return column === undefined ? [] : [{ column, sql: `'${typeof value === 'string' ? value : '{}'}'`, value }];
  })[0];
  const oldName = tableRenames.find(({ to }) => to === name)?.from;
  const oldColumns = (Object.values(views) as PgView[])
    .map((view) => getViewConfig(view))
    .filter(({ schema = 'public', name: view }) => `${schema}.${view}` === oldName)
    .flatMap(({ selectedFields }) =>
      Object.values(selectedFields as Record<string, PgColumn>).map((field) => field.name),
    );
  const key = columns.find(({ primary }) => primary)?.name;
  if (!touched || !key) throw new Error(`${name} has no column to write to, or no key of one column`);
  return {
    name,
    table: name.split('.')[1] ?? '',
    oldName,
    newColumns: oldName ? columns.map((column) => column.name).filter((column) => !oldColumns.includes(column)) : [],
    scope,
    key,
    links: links.map((link: StationReference) => ({ ...link, key: link.key ?? 'id' })),
    columns,
    uniques,
    touched,
  };
}

function inOrder(all: readonly ScopedModel[]): ScopedModel[] {
  const ordered: ScopedModel[] = [];
  while (ordered.length < all.length) {
    const next = all.filter(
      (model) =>
        !ordered.includes(model) && model.links.every(({ table }) => ordered.some(({ name }) => name === table)),
    );
    if (next.length === 0) throw new Error('The references of the scoped tables go in a circle');
    ordered.push(...next);
  }
  return ordered;
}

/** Whether a column takes any text. */
export function isText(column: PgColumn): boolean {
  return /^(text|varchar\(\d+\))$/.test(column.getSQLType()) && !column.enumValues?.length && !column.dimensions;
}

/** Whether a column takes any JSON object. Lists of permissions mean something. */
function isMarkedJson(column: PgColumn): boolean {
  return column.getSQLType() === 'jsonb' && !/permissions/.test(column.name);
}

/** Who somebody is, and where they are assigned. */
export interface Person extends StationAccess {
  readonly id: string;
  /** What makes them worth trying, for messages. */
  readonly title: string;
}

/** Everything that is in the database. */
export interface World {
  readonly people: readonly Person[];
  /** The rows of each scoped table, by their keys. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Row>>;
}

const statusOf = (station: number): StationStatus =>
  (['suspended', 'inactive', 'maintenance'] as const)[(station % 10) - 7] ?? 'active';

const past = '2020-01-01T00:00:00.000Z';
const future = '2100-01-01T00:00:00.000Z';

/** Forty stations, people of every kind, and rows of every scoped table in every station, across stations and in none. */
export function makeWorld(): World {
  const rows = new Map<string, Map<string, Row>>();
  const people = makePeople();
  for (const model of scopedModels) {
    const all =
      model.name === 'identity.stations'
        ? stationRows(model)
        : model.name === 'identity.station_users'
          ? assignmentRows(model, people)
          : rowsOfStations(model, rows);
    rows.set(model.name, new Map(all.map((row) => [String(row[model.key]), row])));
  }
  return { people, rows };
}

function stationRows(model: ScopedModel): Row[] {
  return Array.from({ length: stationCount }, (_, station) => ({
    ...values(model.name, model.columns, station, 0),
    id: stationId(station),
    status: statusOf(station),
  }));
}

interface AssignmentPlan {
  readonly at: number;
  readonly role: StationAssignment['role'];
  readonly additional?: readonly string[];
  readonly isActive?: boolean;
  readonly expiresAt?: string;
}

function makePeople(): Person[] {
  const people: Person[] = [];
  const add = (
    title: string,
    assignments: readonly AssignmentPlan[],
    { userStatus = 'active', isSuperAdmin = false }: { userStatus?: UserStatus; isSuperAdmin?: boolean } = {},
  ) =>
    people.push({
      id: userId(people.length),
      title,
      userStatus,
      isSuperAdmin,
      assignments: assignments.map(({ at, role, additional = [], isActive = true, expiresAt }) => ({
        stationId: stationId(at),
        role,
        additionalPermissions: additional,
        isActive,
        expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
        stationStatus: statusOf(at),
      })),
    });
  const everywhere = (role: AssignmentPlan['role']) =>
    Array.from({ length: stationCount }, (_, at): AssignmentPlan => ({ at, role }));

  for (const role of ['admin', 'station_admin', 'customer_support'] as const) {
    add(`${role} of one station`, [{ at: 0, role }]);
    add(
      `${role} of several stations`,
      [1, 2, 7, 8, 9].map((at) => ({ at, role, ...(at === 2 && { expiresAt: future }) })),
    );
    add(`${role} whose assignments ended`, [
      { at: 0, role, expiresAt: past },
      { at: 1, role, isActive: false },
      { at: 2, role, isActive: false, expiresAt: past },
    ]);
    for (const userStatus of ['suspended', 'pending', 'deactivated'] as const) {
      add(`${userStatus} ${role}`, [{ at: 0, role }], { userStatus });
    }
  }
  add('admin here, support there', [
    { at: 3, role: 'admin' },
    { at: 4, role: 'customer_support' },
    { at: 5, role: 'station_admin' },
    { at: 6, role: 'customer_support', expiresAt: past },
  ]);
  add('admin everywhere', everywhere('admin'));
  add('support everywhere', everywhere('customer_support'));
  add('support with more', [
    { at: 0, role: 'customer_support', additional: ['customer.delete', 'audit.read', 'station.manage_users'] },
    { at: 1, role: 'customer_support', additional: ['cross_station.read', 'customer.create', 'booking.cancel'] },
    { at: 3, role: 'customer_support', additional: ['cross_station.read', 'system.config', 'message.delete'] },
    { at: 7, role: 'customer_support', additional: ['cross_station.read'] },
  ]);
  add('support with unknown permissions', [
    {
      at: 0,
      role: 'customer_support',
      additional: ['never', 'false', 'customer', "x' OR true --", 'customer.delete '],
    },
    { at: 2, role: 'customer_support', additional: ['station.create', 'station.delete', 'lead.*', '*'] },
  ]);
  add('super admin by the flag', [], { isSuperAdmin: true });
  add('super admin by the flag, suspended', [{ at: 0, role: 'admin' }], {
    isSuperAdmin: true,
    userStatus: 'suspended',
  });
  add('super admin by an assignment', [
    { at: 5, role: 'super_admin' },
    { at: 6, role: 'customer_support' },
  ]);
  add('super admin of a suspended station', [{ at: 17, role: 'super_admin' }]);
  add('super admin of before', [
    { at: 5, role: 'super_admin', expiresAt: past },
    { at: 6, role: 'super_admin', isActive: false },
    { at: 8, role: 'customer_support' },
  ]);
  add('nobody anywhere', []);
  return people;
}

function assignmentRows(model: ScopedModel, people: readonly Person[]): Row[] {
  return people.flatMap(({ id, assignments }, person) =>
    assignments.map(({ stationId: station, role, additionalPermissions = [], isActive, expiresAt }) => ({
      id: idOf(model.name, stationIn(station), person),
      user_id: id,
      station_id: station,
      role,
      additional_permissions: additionalPermissions,
      is_active: isActive,
      expires_at: expiresAt?.toISOString() ?? null,
    })),
  );
}

/** What a row's reference leads to: a row of its own station, of another one, one without a station, or nothing. */
type Target = 'own' | 'other' | 'none' | 'nothing';

/** Rows of a table in every station and in none, by each way in which a row can belong to one. */
function rowsOfStations(model: ScopedModel, parents: ReadonlyMap<string, ReadonlyMap<string, Row>>): Row[] {
  const used = new Map<string, number>();
  const once = model.links.map(({ column }) => column).filter((column) => model.uniques.some(isOnly(column)));
  const taken = new Set<string>();
  return [...Array.from({ length: stationCount }, (_, station) => station), noStation].flatMap((station) =>
    waysOf(model, station).flatMap((way, row) => {
      const own = values(model.name, model.columns, station, row);
      const links = model.links.map(({ column, table }, index) => {
        const target = way[index] ?? 'nothing';
        if (target === 'nothing') return [column, null];
        const at = target === 'own' ? station : target === 'none' ? noStation : (station + 13) % stationCount;
        const candidates = [...(parents.get(table)?.keys() ?? [])].filter((key) => stationIn(key) === at);
        const turn = used.get(`${column} ${at}`) ?? 0;
        used.set(`${column} ${at}`, turn + 1);
        const key = candidates[turn % candidates.length];
        if (key === undefined) throw new Error(`${model.name} finds no row of ${table} at station ${at}`);
        return [column, key];
      });
      const referred = links.filter(([column, key]) => key !== null && once.includes(String(column)));
      // A row more than there are others that it may refer to is left out.
      if (referred.some((link) => taken.has(link.join(' ')))) return [];
      for (const link of referred) taken.add(link.join(' '));
      const id = idOf(model.name, station, row);
      const ids = Object.fromEntries([model.key, ...referredKeys(model)].map((column) => [column, id]));
      return [{ ...own, ...ids, ...(Object.fromEntries(links) as Row) }];
    }),
  );
}

const isOnly =
  (column: string) =>
  (unique: readonly string[]): boolean =>
    unique.length === 1 && unique[0] === column;

/** The columns besides the primary key that references lead to. They have the same value here. */
function referredKeys({ name }: ScopedModel): string[] {
  return scopedModels.flatMap(({ links }) =>
    links.flatMap(({ table, key }) => (table === name && key !== 'id' ? [key] : [])),
  );
}

/** How the references of the rows of a station are set, a list for each row, in the order of the links. */
function waysOf({ scope, links, columns, key }: ScopedModel, station: number): Target[][] {
  const isNullable = ({ column }: StationReference) => !columns.find(({ name }) => name === column)?.notNull;
  const rest = (from: number): Target[][] =>
    links
      .slice(from)
      .reduce<Target[][]>(
        (ways, link) =>
          (['own', 'other', ...(isNullable(link) ? (['nothing'] as const) : [])] as const).flatMap((target) =>
            ways.map((way) => [...way, target]),
          ),
        [[]],
      );
  const isNone = station === noStation;
  const toParent = (index: number): Target[][] =>
    rest(index + 1).map((way) => [
      ...links.slice(0, index).map((): Target => 'nothing'),
      'own',
      ...way.map((target) => (isNone && target === 'own' ? 'none' : target)),
    ]);
  let ways: Target[][];
  if (scope.by === 'column') {
    const [link] = links;
    if (isNone && link && !isNullable(link)) return [];
    ways = rest(1).map((way) => [isNone ? 'nothing' : 'own', ...way]);
  } else {
    const reachable = links.filter((_, index) => links.slice(0, index).every(isNullable));
    // There is no station that stands for none.
    ways = reachable.flatMap((link, index) => (isNone && link.table === 'identity.stations' ? [] : toParent(index)));
    if (isNone && links.every(isNullable)) ways = [...ways, links.map((): Target => 'nothing')];
  }
  if (links.some(({ column }) => column === key)) return ways.slice(0, 1);
  return ways.length === 1 ? [...ways, ...ways] : ways;
}

/** A value for every column that has to have one, and a text with the row's marker wherever a text may stand. */
function values(table: string, columns: readonly PgColumn[], station: number, row: number): Row {
  const marker = markerOf(table, station, row);
  const ofTable = Object.fromEntries(
    columns.flatMap((column): [string, Value][] => {
      const required = column.notNull && !column.hasDefault;
      if (isText(column)) return [[column.name, marker]];
      if (isMarkedJson(column)) return [[column.name, { marker }]];
      return required && !column.primary ? [[column.name, requiredValue(table, column, marker, row)]] : [];
    }),
  );
  return { ...ofTable, ...outsideOfPartialKeys[table] };
}

/** What makes a row one of those that a partial unique index leaves alone. */
const outsideOfPartialKeys: Readonly<Record<string, Row>> = {
  'public.blog_review_slugs': { is_current: false },
  'public.coupon_redemptions': { reversed_at: past },
};

function requiredValue(table: string, column: PgColumn, marker: string, row: number): Value {
  if (column.enumValues?.length) return column.enumValues[0] ?? '';
  const type = column.getSQLType();
  if (/^(integer|smallint|bigint|numeric|double)/.test(type)) return 1;
  if (/^(timestamp|date)/.test(type)) return future;
  if (type === 'boolean') return true;
  if (type === 'bytea') return `\\x${Buffer.from(marker).toString('hex')}`;
  if (type === 'uuid') return globalReference(table, column.name) ?? idOf(table, 0, row);
  throw new Error(`${table}.${column.name}: no value for the type ${type}; give one in requiredValue`);
}

/** The one row of the table without a scope that a column refers to; undefined if it refers to a scoped one. */
function globalReference(table: string, column: string): string | undefined {
  const referred = foreignTable(table, column);
  if (referred === undefined || scopeOf(referred)?.by !== 'none') return undefined;
  return idOf(referred, 0, 0);
}

function foreignTable(table: string, column: string): string | undefined {
  const model = models.get(table);
  const references = (model ? getTableConfig(model).foreignKeys : []).map((key) => key.reference());
  const reference = references.find(({ columns }) => columns[0]?.name === column);
  if (!reference) return undefined;
  const { schema = 'public', name } = getTableConfig(reference.foreignTable);
  return `${schema}.${name}`;
}

const scopeOf = (name: string) => (stationScopes as Readonly<Record<string, StationScope>>)[name];

/** The foreign keys of a scoped table that lead to scoped tables, as columns. */
export function scopedForeignKeys({ name, columns }: ScopedModel): string[] {
  return columns
    .map((column) => column.name)
    .filter((column) => {
      const referred = foreignTable(name, column);
      return referred !== undefined && scopeOf(referred)?.by !== 'none';
    });
}

/** Puts the world into a database, in place of the rows that are there. */
export async function fill(query: Query, { people, rows }: World): Promise<void> {
  await query('SET session_replication_role = replica');
  for (const { name } of scopedModels) await query(`DELETE FROM ${name}`);
  await query('DELETE FROM identity.users');
  await query('SET session_replication_role = origin');
  const users = people.map(({ id, userStatus, isSuperAdmin }, person) => ({
    ...values('identity.users', columnsOf('identity.users'), 0, person),
    id,
    status: userStatus,
    is_super_admin: isSuperAdmin,
  }));
  await insert(query, 'identity.users', users);
  const referred = new Set(
    scopedModels.flatMap(({ name, columns }) =>
      columns
        .filter(({ notNull }) => notNull)
        .map((column) => foreignTable(name, column.name) ?? '')
        .filter((table) => table !== 'identity.users' && scopeOf(table)?.by === 'none'),
    ),
  );
  for (const table of referred) {
    await insert(query, table, [{ ...values(table, columnsOf(table), 0, 0), id: idOf(table, 0, 0) }]);
  }
  // The audit trail of the world is among its rows.
  await query('ALTER TABLE identity.station_users DISABLE TRIGGER USER');
  // The world has one coupon, and is about policies: what is changed of a redemption does not matter.
  await query('ALTER TABLE public.coupon_redemptions DISABLE TRIGGER USER');
  for (const { name } of scopedModels) await insert(query, name, [...(rows.get(name)?.values() ?? [])]);
  await query('ALTER TABLE identity.station_users ENABLE TRIGGER USER');
}

function columnsOf(table: string): readonly PgColumn[] {
  const model = models.get(table);
  return model ? getTableConfig(model).columns : [];
}

async function insert(query: Query, table: string, rows: readonly Row[]): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].join(', ');
  await query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1)`, [
    JSON.stringify(rows),
  ]);
}
