import { sql } from 'drizzle-orm';
import { type PgPolicy, pgPolicy, pgRole } from 'drizzle-orm/pg-core';
import type { StationPermission } from '../station-role.ts';
import {
  type BelongingToStation,
  type GuardedTable,
  type NoStation,
  type OwnElseParentStation,
  type ParentStation,
  type StationReference,
  type StationScope,
  stationScopeOf,
  stationScopes,
} from './scopes.ts';

/**
 * The group of the roles that moved services connect as. It has access to the one station of its context, and to nothing without one.
 *
 * @example
 * ```sql
 * CREATE ROLE booking_api LOGIN PASSWORD '…' IN ROLE station_service;
 * ```
 */
export const StationService = pgRole('station_service').existing();

/** The role that a service takes to read the stations that a user is assigned to: `withAssignedStations`. */
export const StationServiceAssigned = pgRole('station_service_assigned').existing();

/** The role that a service takes to reach every station, for a super admin: `withEveryStation`. */
export const StationServiceEvery = pgRole('station_service_every').existing();

/** The constraint name that `identity.refuse` raises with, which sets its refusals apart from others. */
export const rowRefusal = 'station_row';

/** What rows are compared with, as SQL. */
interface Comparison {
  /** Whether a row with this station column is within reach. */
  readonly reaches: (column: string) => string;
  /** Whether any station is: what shared rows ask. */
  readonly reachesAny: string;
  /** Whether the planner should expect that it is. It protects nothing, as the setting can be changed while the statement runs. */
  readonly seemsToReach?: (column: string) => string;
}

/**
 * The row-level security policies of a table, for the extra configuration of its model.
 *
 * Two permissive policies leave everything as it was for roles outside the three groups, and let the groups in. The others are restrictive:
 * they narrow what their group sees and writes, whatever else is permitted. Each compares the row's station with one scalar that is computed once per
 * statement, from a context whose signature was checked.
 *
 * @param name The table, with its PostgreSQL schema.
 * @example
 * export const BookingNote = pgTable('booking_notes', { id: uuid().primaryKey(), body: text() }, (table) => [
 *   index('idx_booking_notes_body').on(table.body),
 *   ...stationPolicies('public.bookings'),
 * ]);
 */
export function stationPolicies(name: GuardedTable): PgPolicy[] {
  const scope: StationScope = stationScopes[name];
  if (scope.by === 'none') return insertPolicies(name, scope);
  const { permissions } = scope;
  const [, table = ''] = name.split('.');
  const reaches = (command: 'select' | 'insert' | 'update' | 'delete') => {
    const permission = permissions[command];
    if (permission === 'never') return 'false';
    const comparison = inContext(permission);
    return command === 'select' ? visibility(scope, table, comparison) : membership(scope, table, comparison);
  };
  const writes = (command: 'insert' | 'update' | 'delete') =>
    allOf(reaches(command), scope.by === 'column' && permissions[command] !== 'never' ? scope.writable : undefined);
  const keepsTo = (command: 'insert' | 'update') => {
    const permission = permissions[command];
    if (permission === 'never') return 'false';
    const comparison = besideTheRow(scope, table, permission);
    const references = referencesBeside(scope).map((reference) =>
      refersToTheStation(name, table, reference, comparison, command === 'update'),
    );
    return allOf(writes(command), ...references);
  };
  return [
    ...letIn(),
    pgPolicy('station_select', {
      ...restrictive,
      for: 'select',
      to: StationService,
      using: sql.raw(reaches('select')),
    }),
    pgPolicy('station_insert', {
      ...restrictive,
      for: 'insert',
      to: StationService,
      withCheck: sql.raw(orRefuse(name, keepsTo('insert'))),
    }),
    pgPolicy('station_update', {
      ...restrictive,
      for: 'update',
      to: StationService,
      using: sql.raw(writes('update')),
      withCheck: sql.raw(orRefuse(name, keepsTo('update'))),
    }),
    pgPolicy('station_delete', { ...restrictive, for: 'delete', to: StationService, using: sql.raw(writes('delete')) }),
    pgPolicy('assigned_stations', {
      ...restrictive,
      for: 'all',
      to: StationServiceAssigned,
      using: sql.raw(visibility(scope, table, amongAssigned(permissions.select))),
      withCheck: sql.raw(orRefuse(name, 'false')),
    }),
    pgPolicy('every_station', {
      ...restrictive,
      for: 'all',
      to: StationServiceEvery,
      using: sql.raw(everyStation),
      withCheck: sql.raw(orRefuse(name, everyStation)),
    }),
  ];
}

/** The policies of a table whose rows belong to no station, and which every station may add rows to. */
function insertPolicies(name: GuardedTable, { insert }: NoStation): PgPolicy[] {
  if (!insert) throw new Error(`${name} takes no rows from stations (see stationScopes)`);
  const [, table = ''] = name.split('.');
  const comparison = inContext(insert.permission);
  const references = insert.references.map((reference) =>
    refersToTheStation(name, table, reference, comparison, false),
  );
  const may: readonly [policy: string, role: typeof StationService, condition: string][] = [
    ['station_insert', StationService, allOf(comparison.reachesAny, insert.writable, ...references)],
    ['assigned_stations', StationServiceAssigned, 'false'],
    ['every_station', StationServiceEvery, everyStation],
  ];
  return [
    ...letIn(),
    ...may.map(([policy, to, condition]) =>
      pgPolicy(policy, { ...restrictive, for: 'insert', to, withCheck: sql.raw(orRefuse(name, condition)) }),
    ),
  ];
}

const restrictive = { as: 'restrictive' } as const;

/**
 * The permissive policies: roles outside the groups go on as before, and the groups have what the restrictive policies leave them. They are
 * two because a role may drop the policies that are for it (`DROP OWNED BY`): without its own it reaches nothing.
 */
const letIn = (): PgPolicy[] => [
  pgPolicy('everyone_else', {
    as: 'permissive',
    for: 'all',
    to: 'public',
    using: sql.raw('identity.is_outside_of_groups()'),
  }),
  pgPolicy('station_groups', {
    as: 'permissive',
    for: 'all',
    to: [StationService, StationServiceAssigned, StationServiceEvery],
    using: sql`true`,
  }),
];

const everyStation = '(SELECT identity.reaches_every_station())';

/**
 * A check on a written row, as SQL. PostgreSQL's own refusal names the table only in a translated text; `identity.refuse` raises an error
 * that has it as a field. The table is a `regclass`, which follows a rename.
 */
function orRefuse(name: GuardedTable, condition: string): string {
  const refusal = `identity.refuse('${name}'::regclass)`;
  return condition === 'false' ? refusal : `(${condition}) OR ${refusal}`;
}

/**
 * Whether a station is that of the context, where the permission holds: the station whose signature was checked, once a statement. The
 * planner sees the station of the setting besides, and how many rows that station has.
 */
function inContext(permission: StationPermission): Comparison {
  return {
    ...isPermitted(permission),
    seemsToReach: (column) => `${column} = nullif(current_setting('canonical_models.station_id', true), '')::uuid`,
  };
}

/** A condition that says no more than the given one, but has PostgreSQL expect nearly all rows (0.995) rather than few. */
const expectedOfNearlyAll = (condition: string): string => `nullif(${condition}, false) IS NOT NULL`;

/**
 * What the references of a written row are compared with: the station of the row, which is asked for anyway. To ask for the permission at each
 * reference would be most of what a write costs. It protects nothing without the comparison of the row itself.
 */
function besideTheRow(scope: BelongingToStation, row: string, permission: StationPermission): Comparison {
  if (scope.by === 'parent') return inContext(permission);
  const own = `${row}.${scope.column}`;
  // coalesce computes the second only if the first is NULL.
  const station =
    scope.by === 'column' ? own : `coalesce(${own}, (SELECT identity.permitted_station('${permission}')))`;
  return { reaches: (column) => `${column} = ${station}`, reachesAny: `${station} IS NOT NULL` };
}

function isPermitted(permission: StationPermission): Comparison {
  const station = `(SELECT identity.permitted_station('${permission}'))`;
  return { reaches: (column) => `${column} = ${station}`, reachesAny: `${station} IS NOT NULL` };
}

function amongAssigned(permission: StationPermission): Comparison {
  const stations = `(SELECT identity.permitted_stations('${permission}'))`;
  return { reaches: (column) => `${column} = ANY (${stations}::uuid[])`, reachesAny: `${stations} <> '{}'` };
}

/**
 * Whether a row belongs to a station, as SQL.
 *
 * @param row The row's name in the statement.
 */
function membership(scope: BelongingToStation, row: string, comparison: Comparison, depth = 1): string {
  if (scope.by === 'parent') return parentMembership(scope, row, comparison, depth);
  const column = `${row}.${scope.column}`;
  const { reaches, seemsToReach } = comparison;
  if (scope.by === 'column') {
    return seemsToReach ? allOf(seemsToReach(column), expectedOfNearlyAll(reaches(column))) : reaches(column);
  }
  const ofParent = parentMembership(scope, row, comparison, depth);
  // Two conditions that an index on the column answers, so that the planner can look up both.
  if (!seemsToReach) return anyOf(reaches(column), allOf(`${column} IS NULL`, ofParent));
  return allOf(
    anyOf(seemsToReach(column), `${column} IS NULL`),
    // What the index has answered is not computed for each row again.
    expectedOfNearlyAll(`CASE WHEN ${column} IS NULL THEN ${ofParent} ELSE ${reaches(column)} END`),
  );
}

/** Whether a row belongs to the station of the first of its references that is set, as SQL. */
function parentMembership(
  { parents }: ParentStation | OwnElseParentStation,
  row: string,
  comparison: Comparison,
  depth: number,
): string {
  const alternatives = parents.map((parent, index) => {
    const unset = parents.slice(0, index).map(({ column }) => `${row}.${column} IS NULL`);
    return allOf(...unset, refersTo(row, parent, comparison, depth));
  });
  return anyOf(...alternatives);
}

/** Whether a row may be read or referred to at a station, as SQL: its own rows, and shared ones. */
function visibility(scope: BelongingToStation, row: string, comparison: Comparison, depth = 1): string {
  const belongs = membership(scope, row, comparison, depth);
  if (scope.by !== 'column' || !scope.isShared) return belongs;
  return anyOf(belongs, allOf(`${row}.${scope.column} IS NULL`, comparison.reachesAny));
}

/** Whether the row that a row references belongs to a station, as SQL. */
function refersTo(
  row: string,
  { column, table, key = 'id' }: StationReference,
  comparison: Comparison,
  depth = 1,
): string {
  const parent = `parent_${depth}`;
  const belongs = visibility(scopeOf(table), parent, comparison, depth + 1);
  return `EXISTS (SELECT FROM ${table} AS ${parent} WHERE ${allOf(`${parent}.${key} = ${row}.${column}`, belongs)})`;
}

/** What a row references besides the row that determines its station. */
function referencesBeside(scope: BelongingToStation): readonly StationReference[] {
  switch (scope.by) {
    case 'column':
      return scope.references ?? [];
    case 'parent':
      return scope.parents.slice(1);
    case 'column, else parent':
      return scope.parents;
  }
}

/**
 * Whether a row references nothing or a row of the station, as SQL. An existing reference to another station may stay as it is.
 */
function refersToTheStation(
  name: string,
  row: string,
  reference: StationReference,
  comparison: Comparison,
  mayStay: boolean,
): string {
  const { column } = reference;
  const conditions = [`${row}.${column} IS NULL`, refersTo(row, reference, comparison)];
  if (mayStay)
    conditions.push(`identity.refers_already('${name}'::regclass, '${column}', ${row}.id, ${row}.${column})`);
  return anyOf(...conditions);
}

/** What `identity.refers_already` answers for a reference that may stay. */
export interface StandingReference {
  /** The table, with its PostgreSQL schema. */
  readonly table: string;
  readonly column: string;
  /** Whether the row `of_row`, if the context may update it, already references `referred`, as SQL. */
  readonly holds: string;
}

/** Lists the references that may stay as they are. Rows of other stations are never revealed. */
export function standingReferences(): readonly StandingReference[] {
  const scopes: readonly (readonly [string, StationScope])[] = Object.entries(stationScopes);
  return scopes.flatMap(([name, scope]) => {
    if (scope.by === 'none' || scope.permissions.update === 'never') return [];
    const [, table = ''] = name.split('.');
    const ofTheStation = membership(scope, table, isPermitted(scope.permissions.update));
    return referencesBeside(scope).map(({ column }) => ({
      table: name,
      column,
      holds: `EXISTS (SELECT FROM ${name} WHERE ${allOf(`${table}.id = of_row`, `${table}.${column} = referred`, ofTheStation)})`,
    }));
  });
}

function allOf(...conditions: readonly (string | undefined)[]): string {
  return conditions.filter((condition) => condition !== undefined).join(' AND ');
}

function anyOf(...conditions: readonly string[]): string {
  return conditions.length === 1 ? conditions.join() : `(${conditions.join(' OR ')})`;
}

function scopeOf(table: string): BelongingToStation {
  const scope = stationScopeOf(table);
  if (!scope || scope.by === 'none') throw new Error(`${table} does not belong to a station (see stationScopes)`);
  return scope;
}
