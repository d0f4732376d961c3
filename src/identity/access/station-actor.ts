import type { PostgresDatabase } from '../../database.ts';
import { NotSetUp } from '../../errors.ts';
import { scopeOf } from './guarded-transaction.ts';
import type { Scope } from './scope.ts';

/** Who acts in a context, and where. */
export interface StationActor {
  readonly userId: string;
  /** Undefined in a context of several stations. */
  readonly stationId: string | undefined;
}

const actors = new WeakMap<Scope, StationActor>();

/** Remembers who acts through the handle of a callback, and through its savepoints. */
export function setStationActor(db: PostgresDatabase, actor: StationActor): void {
  const scope = scopeOf(db);
  if (scope) actors.set(scope.context, actor);
}

/**
 * Who acts through the handle that an operation of a station was given: what the database let in. It decides nothing: which rows
 * the operation reaches is the business of the database.
 *
 * @throws {NotSetUp} if the handle is none that `withStation`, or one of its kind, gave to its callback.
 */
export function stationActorOf(db: PostgresDatabase): StationActor {
  const scope = scopeOf(db);
  const actor = scope && actors.get(scope.context);
  if (actor) return actor;
  throw new NotSetUp({
    object: 'db',
    found: 'a handle outside of a station',
    expected: 'the handle that withStation gives to its callback',
    next: 'call the operation in withStation(db, { userId, stationId }, (tx) => …), with tx',
  });
}
