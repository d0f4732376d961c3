import { setTimeout as sleep } from 'node:timers/promises';
import { type SQL, sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { invalidIdDetails, isId } from '../../id.ts';
import { originOf } from '../audit/record.ts';
import { countedAddress } from '../counted-address.ts';
import { textOfToken } from '../presented-token.ts';
import { lowerRole } from '../role-order.ts';
import type { StationRole } from '../station-role.ts';
import { clientOf } from './connection.ts';
import { recordDenialCall } from './denial-call.ts';
import { type AskedEntry, callText, causesOf, noAccess, notEntered, type Refused, refusalOf } from './entry-errors.ts';
import { InvalidStationContext, type StationRowRefused } from './errors.ts';
import { type Permissions, resolvePermissions } from './grants.ts';
import { inGuardedTransaction, outsideContexts } from './guarded-transaction.ts';
import { clearBackend, leave, type SettingsBefore } from './leave.ts';
import { StationService, StationServiceAssigned, StationServiceEvery } from './policies.ts';
import { quietHandle, sessionOf } from './session.ts';
import { setStationActor } from './station-actor.ts';
import type { UnrecordedDenial } from './unrecorded-denial.ts';
import { thisContext, type Watch } from './watch.ts';

/** Who acts, and from where. The ids are UUIDs; the rest goes to the audit trail. */
export interface Actor {
  /** The user who logged in: take it from a verified session or token, never from the request. */
  readonly userId: string;
  readonly sessionId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** Who acts at which station, on the word of the service. */
export interface StationContext extends Actor {
  readonly stationId: string;
}

/** A station token as the proof of who acts. What the token does not permit, its context does not permit. */
export interface StationTokenContext extends Omit<Actor, 'userId' | 'sessionId'> {
  /** What the client presented: any text. */
  readonly token: string;
  readonly stationId: string;
}

/** The user's role and permissions at the station of the context. With a token: those that both the token and its holder have. */
export interface StationMembership extends Permissions {
  readonly userId: string;
  readonly role: StationRole;
}

/** A transaction of a database: what its `transaction` passes to its callback. */
export type TransactionOf<Db extends PostgresDatabase> = Parameters<Parameters<Db['transaction']>[0]>[0];

/**
 * Runs a callback in a transaction that reaches one station only. Every statement in it reads and writes the rows of that station, as far
 * as the user's role permits; the database enforces it, whatever the statement asks for.
 *
 * The transaction costs two more statements than a bare one, and over node-postgres no more round trips. Each statement checks again that
 * the user still has access, so an assignment that ends takes effect at once. Inside a given transaction it uses a savepoint, and the
 * previous context is back when it is done. Denials are written to the audit trail of the station, even if the transaction is rolled back;
 * in a transaction that `withStation` did not begin, they are committed or rolled back with it. Where a transaction may only read, as on a
 * replica, the error carries the denial: give it to `recordStationDenial`.
 *
 * The role of the connection has to be in the group `station_service`; a role that is in no other group reaches no row outside
 * `withStation`.
 *
 * The callback's handle takes one statement a call, none that ends the transaction, and reads and fills no cache of Drizzle. It is closed
 * when the callback settles. One context is live on a connection: meanwhile the handles around it are refused, and a second call waits.
 *
 * With `{ userId, stationId }` the database takes the word of the service for who acts. With `{ token, stationId }` the token of
 * `issueStationToken` proves it, and limits the context to its permissions, as long as it is in force. A database takes both, unless an
 * administrator has it take tokens only.
 *
 * @param db A Drizzle database over node-postgres, postgres-js or PGlite, or a transaction of one. PgBouncer in transaction mode works,
 * too.
 * @param run Receives the transaction, and the user's standing at the station. It never runs without access. Await in it what it begins.
 * @returns what `run` returned, once the transaction is committed.
 * @throws {NoStationAccess} if the user is not active, or has no active assignment to the station.
 * @throws {AssignmentExpired} if the assignment has expired.
 * @throws {StationSuspended} if the station is suspended. A super admin still has access.
 * @throws {StationRowRefused} if a written row is of another station, or the role may not write it.
 * @throws {StationTokenRefused} if the token is not valid at the station, for whatever reason: the audit trail of the station has it.
 * @throws {StationProofRequired} if a `userId` was given and the database takes tokens only.
 * @throws {InvalidStationContext} if an id is not a UUID, or the context is not an object.
 * @throws {StationAccessNotSetUp} if the database is not migrated, or the role of the connection is not in the group.
 * @throws {ContextBusy} if it would wait for itself: the callback was to use the handle that it received.
 * @throws {ContextClosed} if `db` is a handle whose callback has settled, or settles before this call has; over postgres-js also if SQL of
 * the callback has ended the context, or the database does not answer whether it has.
 * @throws any error of `run`, after a rollback; one of the cache in which changes are invalidated, after the commit.
 *
 * @example
 * const page = await withStation(db, { userId: session.userId, stationId }, (tx) =>
 *   tx.select().from(Booking).innerJoin(Customer, eq(Customer.id, Booking.customerId)).orderBy(desc(Booking.eventDate)).limit(50),
 * );
 */
export async function withStation<Db extends PostgresDatabase, Result>(
  db: Db,
  context: StationContext | StationTokenContext,
  run: (tx: TransactionOf<Db>, membership: StationMembership) => Promise<Result>,
): Promise<Result> {
  assertContext(context);
  return inContext(db, {
    ...('token' in context ? byToken(context) : byUserId(context)),
    role: StationService,
    run: (tx, entered) => run(tx as TransactionOf<Db>, membershipOf(entered)),
  });
}

/** How a context is entered, and how its denials are recorded. */
type Way = Pick<Entry<unknown>, 'userId' | 'stationId' | 'standing' | 'denialOf' | 'unrecorded'>;

function byUserId(context: StationContext): Way {
  const userId = uuid('userId', context.userId, context);
  const stationId = uuid('stationId', context.stationId, context);
  const sessionId = context.sessionId === undefined ? null : uuid('sessionId', context.sessionId, context);
  const { ipAddress, userAgent } = originOf(context);
  return {
    userId,
    stationId,
    standing: (proof) =>
      sql`identity.enter_station(${userId}::pg_catalog.uuid, ${stationId}::pg_catalog.uuid, ${sessionId}::pg_catalog.uuid, ${ipAddress}::pg_catalog.text, ${userAgent}::pg_catalog.text, ${proof}::pg_catalog.text)`,
    denialOf: ({ refusal, denialProof }, table) =>
      recordDenialCall({
        ...{ userId, stationId, sessionId, ipAddress, userAgent, table },
        ...{ reason: refusal, proof: denialProof ?? null, isLate: false, tokenId: null },
      }),
    unrecorded: ({ refusal, denialProof }) =>
      refusal === 'proof-required' || refusal === 'token-refused' || denialProof === undefined
        ? undefined
        : {
            userId,
            stationId,
            reason: refusal,
            sessionId,
            ipAddress,
            userAgent,
            deniedAt: new Date().toISOString(),
            proof: denialProof,
          },
  };
}

function byToken(context: StationTokenContext): Way {
  const stationId = uuid('stationId', context.stationId, { userId: undefined, stationId: context.stationId });
  const { ipAddress, userAgent } = originOf(context);
  // PostgreSQL has no NUL in texts.
  const token = textOfToken(context.token).replaceAll('\0', '\uFFFD');
  const address = context.ipAddress === undefined ? null : countedAddress(context.ipAddress);
  const presented = sql`${token}::pg_catalog.text, ${stationId}::pg_catalog.uuid, ${address}::pg_catalog.text, ${ipAddress}::pg_catalog.text, ${userAgent}::pg_catalog.text`;
  return {
    userId: undefined,
    stationId,
    standing: (proof) => sql`identity.enter_station_by_token(${presented}, ${proof}::pg_catalog.text)`,
    denialOf: (answer, table, proof) =>
      answer.refusal !== null
        ? sql`identity.refuse_station_token(${presented}, ${proof}::pg_catalog.text)`
        : recordDenialCall({
            ...{ userId: answer.userId, stationId, sessionId: null, ipAddress, userAgent, table },
            ...{ reason: null, proof: answer.denialProof ?? null, isLate: false, tokenId: answer.token?.id ?? null },
          }),
  };
}

function membershipOf({ userId, role, additional, token }: Entered): StationMembership {
  const own = resolvePermissions(role as StationRole, Array.isArray(additional) ? additional : []);
  if (!token) return { userId, role: role as StationRole, ...own };
  const ofToken = Array.isArray(token.permissions) ? token.permissions : [];
  return {
    userId,
    role: lowerRole(token.role, role as StationRole),
    permissions: own.permissions.filter((permission) => ofToken.includes(permission)),
    ignored: own.ignored,
  };
}

/**
 * Runs a callback in a read-only transaction over all the stations where the user's role has `cross_station.read`, and no others.
 * Comparing with several stations is slower than with one; for one, use {@link withStation}.
 *
 * @throws {NoStationAccess} if there is no such station, or the user is not active.
 * @throws {InvalidStationContext} if the id of the user is not a UUID.
 * @throws {StationAccessNotSetUp} as {@link withStation} does.
 *
 * @example
 * const perStation = await withAssignedStations(db, { userId }, (tx) =>
 *   tx.select({ stationId: Booking.stationId, bookings: count() }).from(Booking).groupBy(Booking.stationId),
 * );
 */
export async function withAssignedStations<Db extends PostgresDatabase, Result>(
  db: Db,
  actor: Pick<Actor, 'userId'>,
  run: (tx: TransactionOf<Db>) => Promise<Result>,
): Promise<Result> {
  return withSeveral(db, actor, 'assigned', run);
}

/**
 * Runs a callback in a transaction that reaches the rows of every station, and those without a station: for a super admin.
 *
 * @throws {NoStationAccess} if the user is not a super admin, or not active.
 * @throws {InvalidStationContext} if the id of the user is not a UUID.
 * @throws {StationAccessNotSetUp} as {@link withStation} does.
 *
 * @example
 * await withEveryStation(db, { userId }, (tx) => tx.insert(Station).values(newStation));
 */
export async function withEveryStation<Db extends PostgresDatabase, Result>(
  db: Db,
  actor: Pick<Actor, 'userId'>,
  run: (tx: TransactionOf<Db>) => Promise<Result>,
): Promise<Result> {
  return withSeveral(db, actor, 'every', run);
}

function withSeveral<Db extends PostgresDatabase, Result>(
  db: Db,
  actor: Pick<Actor, 'userId'>,
  which: 'assigned' | 'every',
  run: (tx: TransactionOf<Db>) => Promise<Result>,
): Promise<Result> {
  assertContext(actor);
  const userId = uuid('userId', actor.userId, { userId: actor.userId, stationId: which });
  return inContext(db, {
    userId,
    stationId: which,
    role: which === 'every' ? StationServiceEvery : StationServiceAssigned,
    standing: (proof) =>
      sql`identity.enter_stations(${userId}::pg_catalog.uuid, ${which}::pg_catalog.text, ${proof}::pg_catalog.text)`,
    run: (tx) => run(tx as TransactionOf<Db>),
  });
}

interface Entry<Result> extends AskedEntry {
  /** Builds the call of the function that enters the context and answers with the JSON text of {@link Entered} or of a {@link Refused}. */
  readonly standing: (proof: string | null) => SQL;
  /**
   * Builds the call that records a denial in the audit trail: of a row of the table or, without a table, of the context.
   *
   * @param proof Of the transaction, if it has had an entry.
   */
  readonly denialOf?: (answer: Entered | Refused, table: string | null, proof: string | null) => SQL;
  /** Builds what the error of a refusal carries if the database could not record it. */
  readonly unrecorded?: (answer: Refused) => UnrecordedDenial | undefined;
  readonly run: (tx: PostgresDatabase, entered: Entered) => Promise<Result>;
}

/** What all contexts of a transaction share. */
interface TransactionState {
  /**
   * Denials that are written once the outermost context has ended. Before that, a savepoint could take them back that its caller survives, and
   * SQL of a callback can have the transaction read only. They are written before the call gives up its turn: the next one may wait for it.
   */
  readonly denials: SQL[];
  /** What the database gave to the first entry: later entries in the transaction prove themselves with it. */
  proof: string | null;
  /** Whether it ends with the outermost context. */
  readonly isBegunHere: boolean;
  /** Whether it could not be written in it from the start, as on a replica. */
  isReadOnly: boolean;
}

/** The proofs of transactions that callers began, by connection: the calls in one share nothing else. One of an earlier transaction proves nothing. */
const proofs = new WeakMap<object, string>();

/** The proofs of the backends behind a pool or a connection, the last ones last. */
const backendProofs = new WeakMap<object, Set<string>>();

/** As many as a pool has connections, more or less: each entry presents all of them. */
const mostBackendProofs = 16;

function keepBackendProof(client: object, proof: string): void {
  const kept = backendProofs.get(client) ?? new Set();
  backendProofs.set(client, kept);
  if (kept.has(proof)) return;
  kept.add(proof);
  for (const oldest of kept) if (kept.size > mostBackendProofs) kept.delete(oldest);
}

/** Those whose transactions are of another isolation level unless they say otherwise, which costs a statement on some drivers. */
const ofOtherIsolation = new WeakSet<object>();

async function inContext<Result>(db: PostgresDatabase, entry: Entry<Result>): Promise<Result> {
  const { stationId } = entry;
  let { userId } = entry;
  const nested = isTransaction(db);
  const connection = clientOf(sessionOf(db));
  let state: TransactionState = { denials: [], proof: null, isBegunHere: !nested, isReadOnly: false };
  let isOutermost = true;
  let outcome: { readonly value: Result } | Refused;
  let answer: Entered | undefined;
  const asksIsolation = ofOtherIsolation.has(connection);
  let isOtherIsolation = false;
  let cleared: Watch | undefined;
  const refusedTables = new Set<string>();
  /** What failed in the context. A row that the callback has refused on another connection is none of this station. */
  const failures = new WeakSet<object>();
  let thrown: unknown;
  /** Has a refused row recorded, once a table, also if the callback survives it. */
  const noteRefusedRow = (error: unknown): StationRowRefused | undefined => {
    if (error === thrown && !causesOf(error).some((cause) => failures.has(cause))) return undefined;
    const refused = refusalOf(error, { userId, stationId });
    if (refused && answer && entry.denialOf && !refusedTables.has(refused.table)) {
      refusedTables.add(refused.table);
      state.denials.push(entry.denialOf(answer, refused.table, state.proof));
    }
    return refused?.error;
  };
  try {
    outcome = await inGuardedTransaction(
      db,
      callText(entry),
      () => state,
      async ({ plain, state: shared, asking, run }) => {
        isOutermost = state === shared;
        state = shared;
        // In a transaction that a caller began another handle may have entered: the backend's proof would hide it.
        const given = nested
          ? (state.proof ?? proofs.get(connection))
          : [...(backendProofs.get(connection) ?? [])].join();
        const entered = await enter(plain, entry, given ?? null, {
          isNested: !isOutermost,
          isWatched: asking !== undefined,
        }).catch((error: unknown) => {
          isOtherIsolation = error instanceof InvalidStationContext;
          throw error;
        });
        if (isOutermost) state.isReadOnly = entered.isReadOnly;
        if (entered.refusal !== null) {
          if (!isOutermost) {
            if (entry.denialOf) state.denials.push(entry.denialOf(entered, null, state.proof));
            throw noAccess(entered, entry, state.isReadOnly ? entry.unrecorded?.(entered) : undefined);
          }
          if (entry.denialOf && entered.denialProof && !entered.isReadOnly) {
            await quietHandle(plain).execute(sql`SELECT ${entry.denialOf(entered, null, null)}`);
          }
          return entered;
        }
        answer = entered;
        userId = entered.userId;
        state.proof = entered.proof;
        if (nested) proofs.set(connection, entered.proof);
        else keepBackendProof(connection, entered.backendProof);
        const left = isOutermost ? asking?.isOn({ proof: entered.backendProof, before: entered }) : undefined;
        if (left) {
          await clearBackend(plain, left);
          cleared = asking;
        }
        const before = left ?? entered;
        const value = await run(
          (tx) => {
            setStationActor(tx, { userId: entered.userId, stationId: isId(stationId) ? stationId : undefined });
            const result = Promise.resolve(entry.run(tx, entered));
            result.catch((error: unknown) => {
              thrown = error;
            });
            return result;
          },
          {
            onFailure(error) {
              for (const cause of causesOf(error)) failures.add(cause);
              noteRefusedRow(error);
            },
            there: entered.there,
          },
        );
        const commitAndChain = nested || !asking ? undefined : () => asking.commitAndChain(plain);
        await leave(plain, before, { nested, isOutermost, isBegunHere: state.isBegunHere, commitAndChain });
        return { value };
      },
      {
        config: asksIsolation ? { isolationLevel: 'read committed' } : undefined,
        recordsOf(error) {
          noteRefusedRow(error);
          return state.isReadOnly ? [] : state.denials;
        },
      },
    );
  } catch (error) {
    if (isOtherIsolation && !nested && !asksIsolation) {
      ofOtherIsolation.add(connection);
      return inContext(db, entry);
    }
    const refused = noteRefusedRow(error);
    if (isOutermost) await recordElsewhere(db, state);
    throw refused ?? error;
  }
  cleared?.isCleared();
  if (isOutermost) await recordElsewhere(db, state);
  if ('value' in outcome) return outcome.value;
  throw noAccess(outcome, entry, outcome.isReadOnly ? entry.unrecorded?.(outcome) : undefined);
}

/** What an entry answers that gave a context. */
interface Entered extends SettingsBefore {
  readonly refusal: null;
  /** Whether the transaction may only read. */
  readonly isReadOnly: boolean;
  /** What tells this context from all others, if SQL could end its transaction. */
  readonly there: string | null;
  /** For the record of a denial. */
  readonly denialProof?: string;
  /** For later entries in the transaction. */
  readonly proof: string;
  /** For entries in later transactions on the same backend. */
  readonly backendProof: string;
  readonly userId: string;
  /** The user's standing at the station; absent in a context of several. */
  readonly role?: string;
  readonly additional?: unknown;
  /** What limits the context, if a token does. */
  readonly token?: { readonly id: string; readonly role: StationRole; readonly permissions: unknown };
}

/** Enters the context, if the user has access. */
async function enter(
  tx: PostgresDatabase,
  entry: Entry<unknown>,
  proof: string | null,
  { isNested, isWatched }: { readonly isNested: boolean; readonly isWatched: boolean },
): Promise<Entered | Refused> {
  // Quiet, because proofs and tokens are among the parameters.
  const [row] = await quietHandle(tx)
    // Two functions: one with the rights of its owner cannot set the role, and keeps the search path to itself.
    .execute<{ entered: string; path: string; there: string | null }>(
      sql`SELECT entered, identity.take_context(entered, ${entry.role.name}::pg_catalog.text, ${isNested}::pg_catalog.bool) AS path, ${isWatched ? thisContext : sql`NULL`} AS there
        FROM (SELECT ${entry.standing(proof)} AS entered OFFSET 0) AS answer`,
      'objects',
    )
    .catch((error: unknown) => {
      throw notEntered(error, entry) ?? error;
    });
  if (!row) throw new Error('the entry answered no row');
  return { path: row.path, there: row.there, ...JSON.parse(row.entered) } as Entered | Refused;
}

/** How long a call waits for a record on another connection, in milliseconds: the call that has the only one may wait for this call. */
const longestWait = 2000;

/**
 * Writes the denials of a transaction whose connection could not take them: SQL has ended it, its COMMIT has failed, or the connection is
 * lost. A failure is swallowed: the caller must get the original error or value.
 */
async function recordElsewhere(
  db: PostgresDatabase,
  { denials, isBegunHere, isReadOnly }: TransactionState,
): Promise<void> {
  const left = denials.splice(0);
  if (!isBegunHere || isReadOnly || left.length === 0) return;
  const writing = left.map((denial) =>
    outsideContexts(db, async (plain) => {
      await quietHandle(plain).execute(sql`SELECT ${denial}`);
    }).catch(() => {}),
  );
  const waiting = new AbortController();
  await Promise.race([Promise.all(writing), sleep(longestWait, undefined, { signal: waiting.signal }).catch(() => {})]);
  waiting.abort();
}

/** Refuses a value that is not an object. The value is not in the error: it may be a token that was passed by mistake. */
function assertContext(context: unknown): asserts context is object {
  if (typeof context === 'object' && context !== null) return;
  throw new InvalidStationContext(
    {
      object: 'context',
      found: context === null ? 'null' : `a value of type ${typeof context}`,
      expected: 'an object, as in { userId, stationId }',
      next: 'give it as the second argument, behind the database',
    },
    { userId: undefined, stationId: undefined },
  );
}

/** Returns an id in the form in which PostgreSQL writes it. */
function uuid(
  name: string,
  value: unknown,
  context: { readonly userId: unknown; readonly stationId: unknown },
): string {
  if (isId(value)) return value.toLowerCase();
  throw new InvalidStationContext(invalidIdDetails(name, value), context);
}
