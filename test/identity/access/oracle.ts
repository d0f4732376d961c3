import { resolvePermissions, resolveStanding } from '../../../src/identity/access/grants.ts';
import type { StationReference } from '../../../src/identity/access/scopes.ts';
import type { StationPermission, StationRole } from '../../../src/identity/index.ts';
import { isStationPermission } from '../../../src/identity/index.ts';
import { type Person, type Row, type ScopedModel, scopedModel, stationId, type World } from './world.ts';

/**
 * In what a statement runs. `outside` is one of the groups without a context, or with one that a person without access forged by hand
 * (at station 0, where it is of a station).
 */
export type Context =
  | { readonly kind: 'station'; readonly person: Person; readonly station: number }
  | { readonly kind: 'assigned' | 'every'; readonly person: Person }
  | {
      readonly kind: 'outside';
      readonly role: 'station_service' | 'station_service_assigned' | 'station_service_every';
      readonly person?: Person;
    };

/** A context in words. */
export const contextText = (context: Context): string =>
  context.kind === 'outside'
    ? `${context.role} ${context.person ? `with the forged context of ${context.person.title}` : 'outside of any context'}`
    : `${context.person.title}, ${context.kind === 'station' ? `at station ${context.station}` : context.kind}`;

export type Command = 'select' | 'insert' | 'update' | 'delete';

/** What a statement that writes does: the rows it leaves behind, or the SQLSTATEs of which it ends with one. */
export type Outcome =
  | { readonly deleted: readonly string[]; readonly written: readonly Row[] }
  | { readonly errors: readonly string[] };

/** PostgreSQL's codes for a row or a table that is refused, and for a value that is taken. */
export const refused = '42501';
export const duplicate = '23505';

/**
 * What every context reaches, worked out from the rows in memory and from the grants in TypeScript; the database and its policies have
 * no part in it.
 */
export class Oracle {
  readonly #world: World;
  readonly #permissions = new Map<string, ReadonlySet<StationPermission>>();
  readonly #stations = new WeakMap<Row, string | null>();

  constructor(world: World) {
    this.#world = world;
  }

  rowsOf(table: string): readonly Row[] {
    return [...(this.#world.rows.get(table)?.values() ?? [])];
  }

  row(table: string, key: unknown): Row | undefined {
    return this.#world.rows.get(table)?.get(String(key));
  }

  /** Whether the context can be entered. */
  enters(context: Context): boolean {
    if (context.kind === 'outside') return false;
    if (context.kind === 'station') return resolveStanding(context.person, stationId(context.station)).reached;
    if (context.kind === 'every') return this.#isSuperAdmin(context.person);
    return this.#assigned(context.person, 'cross_station.read').length > 0;
  }

  /** The station of a row: its own, or that of the first of its parents that is set, and so on. */
  stationOf(model: ScopedModel, row: Row): string | null {
    const known = this.#stations.get(row);
    if (known !== undefined) return known;
    const station = this.#findStation(model, row);
    this.#stations.set(row, station);
    return station;
  }

  #findStation({ scope }: ScopedModel, row: Row): string | null {
    const own = scope.by === 'parent' ? null : ((row[scope.column] as string | null | undefined) ?? null);
    if (own !== null || scope.by === 'column') return own;
    const set = scope.parents.find(({ column }) => row[column] !== null && row[column] !== undefined);
    const parent = set && this.row(set.table, row[set.column]);
    return set && parent ? this.stationOf(scopedModel(set.table), parent) : null;
  }

  /** Whether the tables' grants let the context try a command at all. */
  isGranted(context: Context, { scope }: ScopedModel, command: Command): boolean {
    const onlyReads =
      context.kind === 'assigned' || (context.kind === 'outside' && context.role === 'station_service_assigned');
    return scope.permissions[command] !== 'never' && (!onlyReads || command === 'select');
  }

  /** Whether a row, as it is or as it would be, is one that the context may have for a command. */
  reaches(context: Context, model: ScopedModel, row: Row, command: Command): boolean {
    const permission = model.scope.permissions[command];
    if (permission === 'never' || !this.enters(context)) return false;
    if (context.kind === 'every') return true;
    const station = this.stationOf(model, row);
    if (station === null) return command === 'select' && this.#readsShared(context, model);
    if (context.kind === 'assigned') {
      return command === 'select' && this.#assigned(context.person, 'cross_station.read', permission).includes(station);
    }
    return (
      context.kind === 'station' &&
      station === stationId(context.station) &&
      this.#permissionsAt(context.person, station).has(permission) &&
      (command === 'select' || this.#isWritable(context, model, row))
    );
  }

  /** Whether the context reads the rows of a table that are of the whole business. */
  #readsShared(context: Context, { scope }: ScopedModel): boolean {
    if (scope.by !== 'column' || !scope.isShared) return false;
    const { select } = scope.permissions;
    if (context.kind === 'assigned') return this.#assigned(context.person, 'cross_station.read', select).length > 0;
    return context.kind === 'station' && this.#permissionsAt(context.person, stationId(context.station)).has(select);
  }

  visible(context: Context, model: ScopedModel): readonly Row[] {
    return this.rowsOf(model.name).filter((row) => this.reaches(context, model, row, 'select'));
  }

  /** What an UPDATE does. `reads`: it looks at columns of the table, so that what it does not see is not there. */
  update(
    context: Context,
    model: ScopedModel,
    { filter, change, reads }: { filter: (row: Row) => boolean; change: (row: Row) => Row; reads: boolean },
  ): Outcome {
    if (!this.isGranted(context, model, 'update')) return { errors: [refused] };
    const changed = this.rowsOf(model.name)
      .filter((row) => this.#isFound(context, model, row, 'update', reads) && filter(row))
      .map((row) => ({ before: row, after: change(row) }));
    const errors = changed.some(({ before, after }) => !this.#maySet(context, model, after, before, reads))
      ? [refused]
      : [];
    return this.#outcome(model, changed, errors);
  }

  insert(context: Context, model: ScopedModel, rows: readonly Row[], reads: boolean): Outcome {
    if (!this.isGranted(context, model, 'insert')) return { errors: [refused] };
    // Nobody assigns themselves.
    if (rows.some((row) => this.#raisesOwn(context, model, row))) return { errors: [refused, duplicate] };
    const errors = rows.some((row) => !this.#mayInsert(context, model, row, reads)) ? [refused] : [];
    return this.#outcome(
      model,
      rows.map((row) => ({ after: row })),
      errors,
    );
  }

  /** What `INSERT … ON CONFLICT (key) DO NOTHING`, or `DO UPDATE` with a change, does with one row. */
  upsert(context: Context, model: ScopedModel, row: Row, change?: (row: Row) => Row): Outcome {
    const isGranted = this.isGranted(context, model, 'insert') && (!change || this.isGranted(context, model, 'update'));
    if (!isGranted || !this.#mayInsert(context, model, row, true)) return { errors: [refused] };
    const taken = this.row(model.name, row[model.key]);
    if (!taken)
      return this.#raisesOwn(context, model, row)
        ? { errors: [refused, duplicate] }
        : this.#outcome(model, [{ after: row }], []);
    if (!change) return { deleted: [], written: [] };
    const after = change(taken);
    if (!this.#isFound(context, model, taken, 'update', true)) return { errors: [refused] };
    if (!this.#maySet(context, model, after, taken, true)) return { errors: [refused] };
    return this.#outcome(model, [{ before: taken, after }], []);
  }

  delete(context: Context, model: ScopedModel, filter: (row: Row) => boolean, reads: boolean): Outcome {
    if (!this.isGranted(context, model, 'delete')) return { errors: [refused] };
    const gone = this.rowsOf(model.name).filter(
      (row) => this.#isFound(context, model, row, 'delete', reads) && filter(row),
    );
    return { deleted: gone.map((row) => String(row[model.key])), written: [] };
  }

  /** Whether a statement finds a row to write to. */
  #isFound(context: Context, model: ScopedModel, row: Row, command: Command, reads: boolean): boolean {
    return this.reaches(context, model, row, command) && (!reads || this.reaches(context, model, row, 'select'));
  }

  #mayInsert(context: Context, model: ScopedModel, row: Row, reads: boolean): boolean {
    return (
      this.#isFound(context, model, row, 'insert', reads) &&
      this.#linksBeside(context, model).every((link) => this.#staysInStation(context, row, link))
    );
  }

  #maySet(context: Context, model: ScopedModel, after: Row, before: Row, reads: boolean): boolean {
    const stays = ({ column }: StationReference) =>
      after[column] === before[column] && after[model.key] === before[model.key];
    return (
      !this.#raisesOwn(context, model, after, before) &&
      this.#isFound(context, model, after, 'update', reads) &&
      this.#linksBeside(context, model).every((link) => stays(link) || this.#staysInStation(context, after, link))
    );
  }

  /** Whether it is an assignment of the user of the context that was not there before. The test changes nothing else of assignments. */
  #raisesOwn(context: Context, { name }: ScopedModel, after: Row, before?: Row): boolean {
    if (name !== 'identity.station_users' || context.kind === 'outside') return false;
    return after['user_id'] === context.person.id && after['station_id'] !== before?.['station_id'];
  }

  /** What a row refers to beside what tells its station. */
  #linksBeside(context: Context, { scope }: ScopedModel): readonly StationReference[] {
    if (context.kind === 'every') return [];
    if (scope.by === 'column') return scope.references ?? [];
    return scope.by === 'parent' ? scope.parents.slice(1) : scope.parents;
  }

  #staysInStation(context: Context, row: Row, { column, table }: StationReference): boolean {
    if (row[column] === null || row[column] === undefined) return true;
    const referred = this.row(table, row[column]);
    if (context.kind !== 'station' || referred === undefined) return false;
    const model = scopedModel(table);
    const station = this.stationOf(model, referred);
    const isShared = model.scope.by === 'column' && model.scope.isShared === true;
    return station === null ? isShared : station === stationId(context.station);
  }

  /** What else is asked of rows that are written, in words of its own: the SQL of `writable` is what is tested. */
  #isWritable(context: Context & { kind: 'station' }, { name, scope }: ScopedModel, row: Row): boolean {
    if (scope.by !== 'column' || scope.writable === undefined) return true;
    if (name === 'identity.station_audit_logs') return row['user_id'] === context.person.id;
    if (name === 'identity.station_users') {
      if (this.#isSuperAdmin(context.person)) return true;
      const given = resolvePermissions(row['role'] as StationRole, (row['additional_permissions'] ?? []) as string[]);
      const own = this.#permissionsAt(context.person, stationId(context.station));
      return row['role'] !== 'super_admin' && given.permissions.every((permission) => own.has(permission));
    }
    throw new Error(`${name} has a condition that the oracle does not know: ${scope.writable}`);
  }

  #outcome(
    model: ScopedModel,
    changes: readonly { readonly before?: Row; readonly after: Row }[],
    errors: readonly string[],
  ): Outcome {
    const replaced = new Set(changes.map(({ before }) => before));
    const after = [
      ...this.rowsOf(model.name).filter((row) => !replaced.has(row)),
      ...changes.map((change) => change.after),
    ];
    const found = hasDuplicate(model, after) ? [...errors, duplicate] : errors;
    if (found.length > 0) return { errors: found };
    const keys = new Set(changes.map((change) => change.after[model.key]));
    return {
      deleted: changes
        .flatMap(({ before }) => (before ? [String(before[model.key])] : []))
        .filter((key) => !keys.has(key)),
      written: changes
        .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after))
        .map((change) => change.after),
    };
  }

  #permissionsAt(person: Person, station: string): ReadonlySet<StationPermission> {
    const known = this.#permissions.get(`${person.id} ${station}`);
    if (known) return known;
    const standing = resolveStanding(person, station);
    const permissions = new Set(standing.reached ? standing.permissions.filter(isStationPermission) : []);
    this.#permissions.set(`${person.id} ${station}`, permissions);
    return permissions;
  }

  /** The stations that somebody is assigned to, with every one of some permissions there. */
  #assigned(person: Person, ...permissions: readonly StationPermission[]): string[] {
    const now = Date.now();
    return person.assignments
      .filter(({ isActive, expiresAt }) => isActive && (expiresAt === null || expiresAt.getTime() > now))
      .map((assignment) => assignment.stationId)
      .filter((station) => permissions.every((permission) => this.#permissionsAt(person, station).has(permission)));
  }

  #isSuperAdmin(person: Person): boolean {
    const standing = resolveStanding(person, '');
    return standing.reached && standing.role === 'super_admin';
  }
}

function hasDuplicate({ uniques }: ScopedModel, rows: readonly Row[]): boolean {
  return uniques.some((columns) => {
    const values = rows
      .filter((row) => columns.every((column) => row[column] !== null && row[column] !== undefined))
      .map((row) => columns.map((column) => row[column]).join(' '));
    return new Set(values).size < values.length;
  });
}
