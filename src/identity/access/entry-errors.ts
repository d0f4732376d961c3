import type { PgRole } from 'drizzle-orm/pg-core';
import { CanonicalModelsError, type NotAuthenticated, type NotPermitted } from '../../errors.ts';
import { retryAfterOf } from '../token-failure-window.ts';
import {
  AssignmentExpired,
  ContextBusy,
  InvalidStationContext,
  NoStationAccess,
  StationAccessNotSetUp,
  StationProofRequired,
  StationRowRefused,
  StationSuspended,
  StationTokenRefused,
} from './errors.ts';
import type { NoAccessReason } from './grants.ts';
import { rowRefusal, StationService } from './policies.ts';
import type { UnrecordedDenial } from './unrecorded-denial.ts';

/** What an entry asks for, as errors name it. */
export interface AskedEntry {
  /** Undefined if a token says it. */
  readonly userId: string | undefined;
  readonly stationId: string;
  /** The role that the transaction takes. */
  readonly role: PgRole;
}

/** What an entry answers that gave none. */
export interface Refused {
  readonly refusal: NoAccessReason | 'proof-required' | 'token-refused';
  /** Of a token: the failures of the address in the window, with this one, and how many seconds of the window are left. */
  readonly failures?: number | null;
  readonly secondsLeft?: number | null;
  /** For the record of the denial. */
  readonly denialProof?: string;
  /** Whether the transaction could not record it. */
  readonly isReadOnly: boolean;
}

/** The refused row behind an error of the callback, if there is one. */
export function refusalOf(
  error: unknown,
  { userId, stationId }: { readonly userId: string | undefined; readonly stationId: string },
): { readonly error: StationRowRefused; readonly table: string } | undefined {
  if (error instanceof CanonicalModelsError || userId === undefined) return undefined;
  const { code, routine, schema, table, constraint } = databaseError(error);
  if (code !== '42501') return undefined;
  const isOfAPolicy = constraint === rowRefusal;
  // PostgreSQL itself refuses a row that may be written and not read, as for RETURNING, and names its table only in the message.
  if (!isOfAPolicy && routine !== 'ExecWithCheckOptions') return undefined;
  const details = {
    code: 'row-refused' as const,
    object: isOfAPolicy ? `${schema}.${table}` : 'a row',
    found: 'a row of another station, or one that the role may not write',
    expected: `a row of the station ${stationId} that the role permits`,
    next: 'correct the station and what the row refers to, or let somebody with the permission write it',
    cause: error,
  };
  return { error: new StationRowRefused(details, { userId, stationId }), table: isOfAPolicy ? String(table) : 'row' };
}

/** Why the statement that enters a context failed, if it is not for the driver to say: what the deployment lacks, or another context. */
export function notEntered(
  error: unknown,
  entry: AskedEntry,
): StationAccessNotSetUp | ContextBusy | InvalidStationContext | undefined {
  const { userId, stationId, role } = entry;
  const { code, routine } = databaseError(error);
  if (code === '55006') {
    return new ContextBusy({
      object: callText(entry),
      found: 'a transaction in which another handle has entered a context',
      expected: 'one handle a transaction',
      next: 'give the handle that the callback received, or begin a transaction of its own',
      cause: error,
    });
  }
  if (code === '25000') {
    return new InvalidStationContext(
      {
        code: 'invalid-input',
        object: callText(entry),
        found: 'a transaction of isolation level REPEATABLE READ or SERIALIZABLE, which would not see that access ends',
        expected: 'READ COMMITTED',
        next: 'begin the transaction without an isolation level; if it is the default, set default_transaction_isolation of the role',
        cause: error,
      },
      { userId, stationId },
    );
  }
  const isMissing = ['42883', '3F000', '42P01'].includes(code);
  const isOutside = code === '42501' || (code === '22023' && routine === 'call_string_check_hook');
  if (!isMissing && !isOutside) return undefined;
  const details = isMissing
    ? {
        object: 'identity.enter_station',
        found: 'no such function',
        expected: 'a database with all migrations of canonical-models',
        next: 'run `canonical-models migrate`',
      }
    : {
        object: `role ${role.name}`,
        found: 'a connection whose role is not in the group',
        expected: `a login role in the group ${StationService.name}`,
        next: `let an administrator run \`GRANT ${StationService.name} TO <the login role>\``,
      };
  return new StationAccessNotSetUp({ ...details, cause: error }, { userId, stationId });
}

/** An error and what it was caused by, which may lead back to itself. */
export function causesOf(error: unknown): Error[] {
  const found = new Set<Error>();
  for (let at = error; at instanceof Error && !found.has(at); at = at.cause) found.add(at);
  return [...found];
}

/** The fields of a PostgreSQL error that mean the same in every language. */
export interface DatabaseError {
  readonly code: string;
  /** The server function that raised it. */
  readonly routine?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
}

/** PostgreSQL's error, behind Drizzle's. postgres-js names some fields differently. */
export function databaseError(error: unknown): DatabaseError {
  for (const at of causesOf(error)) {
    if (!('code' in at) || typeof at.code !== 'string') continue;
    const { schema_name: schema, table_name: table, constraint_name: constraint } = at as Record<string, unknown>;
    return { schema, table, constraint, ...at } as unknown as DatabaseError;
  }
  return { code: '' };
}

/** @param unrecorded The denial if it could not be recorded. */
export function noAccess(
  { refusal, failures, secondsLeft }: Refused,
  { userId, stationId }: AskedEntry,
  unrecorded?: UnrecordedDenial,
): NotPermitted | NotAuthenticated {
  const object = stationText(stationId);
  if (refusal === 'token-refused' || userId === undefined) {
    return new StationTokenRefused(
      {
        object: `a token for ${object}`,
        found: 'one that is not valid there now',
        expected: 'a station token in force, of a user with access to the station',
        next: "log in again for a new token; the station's audit trail has the reason",
      },
      { stationId, retryAfter: retryAfterOf(failures ?? 1, secondsLeft ?? undefined) },
    );
  }
  const asked = { userId, stationId };
  const next = 'let somebody with station.manage_users see to the assignment in identity.station_users';
  switch (refusal) {
    case 'proof-required':
      return new StationProofRequired(
        {
          code: refusal,
          object,
          found: 'a userId alone, which this database does not accept',
          expected: 'a station token',
          next: 'call withStation(db, { token, stationId }, …), or let an administrator set entry_by_user_id in drizzle.canonical_models_station_access',
        },
        asked,
      );
    case 'station-suspended':
      return new StationSuspended(
        {
          code: refusal,
          object,
          found: 'a suspended station',
          expected: 'one in operation',
          next: 'lift the suspension first',
        },
        asked,
        unrecorded,
      );
    case 'assignment-expired':
      return new AssignmentExpired(
        {
          code: refusal,
          object,
          found: `an expired assignment of the user ${userId}`,
          expected: 'one that is in force',
          next,
        },
        asked,
        unrecorded,
      );
    default:
      return new NoStationAccess(
        {
          code: refusal,
          object,
          found: `${foundInstead[refusal]} ${userId}`,
          expected: 'an active assignment of an active user',
          next,
        },
        asked,
        unrecorded,
      );
  }
}

/** The call, for errors. */
export function callText({ userId, stationId }: AskedEntry): string {
  return `the call ${userId === undefined ? 'by token' : `of user ${userId}`} at ${stationText(stationId)}`;
}

/** As in `station 7f…` or `every station`. */
function stationText(stationId: string): string {
  return stationId.includes('-') ? `station ${stationId}` : `${stationId} station`;
}

const foundInstead = {
  'user-not-active': 'no active user',
  'not-assigned': 'no assignment that reaches it for the user',
  'assignment-not-active': 'an assignment that is not active of the user',
} as const satisfies Record<NoStationAccess['code'], string>;
