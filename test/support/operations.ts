import { randomUUID } from 'node:crypto';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { expect } from 'vitest';
import { Booking, Customer } from '../../src/core/index.ts';
import type { PostgresDatabase } from '../../src/database.ts';
import { withStation } from '../../src/identity/access/index.ts';
import { grantStatements, type VerbGrants, verbGrants } from '../../src/registry/verb-grants.ts';
import { newBooking, newStation, newStationUser } from './identity.ts';
import { type Major, openPool } from './servers.ts';
import { openStationDatabase, type StationDatabase } from './station-access.ts';

/** A station with a user of its staff, a customer and a completed booking. */
export interface StationOfTest {
  readonly stationId: string;
  readonly userId: string;
  readonly customerId: string;
  readonly bookingId: string;
  /** Runs operations as that user at that station. */
  run<Result>(operation: (tx: PostgresDatabase) => Promise<Result>): Promise<Result>;
}

/** A migrated database on which operations run as services run them. */
export interface OperationsDatabase {
  readonly database: StationDatabase;
  /** For what tests prepare and look at: no row-level security. */
  readonly owner: NodePgDatabase;
  readonly here: StationOfTest;
  readonly elsewhere: StationOfTest;
  /** A pool of an ordinary login role, which public and worker operations run on: it has the grants of its list and no others. */
  readonly outside: NodePgDatabase;
  /** Adds a customer with a completed booking to a station. */
  newCustomer(stationId: string, name?: string): Promise<{ customerId: string; bookingId: string }>;
  close(): Promise<void>;
}

/**
 * Opens one. Close it when done.
 *
 * @param system The subpath of the operations, as in `feedback_marketing/coupons`: the role `outside` has the grants of its verbs.
 */
export async function openOperationsDatabase(
  major: Major,
  system: keyof typeof verbGrants,
  connections = 8,
): Promise<OperationsDatabase> {
  const database = await openStationDatabase(major);
  const { owner } = database;
  const service = drizzle({ client: database.service({ max: connections }) });
  const role = `outside_${database.name}`;
  // Its transactions are of another isolation level unless an operation says which one it needs.
  await database.exec(`CREATE ROLE ${role} LOGIN PASSWORD 'outside';
    ALTER ROLE ${role} SET default_transaction_isolation = 'repeatable read'`);
  for (const grant of grantStatements(role, Object.values(verbGrants[system]))) await database.exec(grant);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'outside';
  const pool = openPool(url.href, { max: connections });

  const newCustomer = async (stationId: string, name = 'Ada Lovelace') => {
    const [firstName = '', lastName = ''] = name.split(' ');
    const customerId = randomUUID();
    await owner.insert(Customer).values({
      id: customerId,
      stationId,
      firstName,
      lastName,
      email: `${customerId}@example.com`,
      phone: '+15550100',
    });
    const bookingId = randomUUID();
    await owner.insert(Booking).values({ ...newBooking(stationId, customerId), id: bookingId, status: 'completed' });
    return { customerId, bookingId };
  };
  const newStationOfTest = async (): Promise<StationOfTest> => {
    const stationId = await newStation(owner);
    const userId = await newStationUser(owner, stationId);
    const run: StationOfTest['run'] = (operation) => withStation(service, { userId, stationId }, operation);
    return { stationId, userId, ...(await newCustomer(stationId)), run };
  };

  return {
    database,
    owner,
    here: await newStationOfTest(),
    elsewhere: await newStationOfTest(),
    outside: drizzle({ client: pool }),
    newCustomer,
    async close() {
      await pool.end();
      await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await database.close();
    },
  };
}

const undone = new Error('undone');

/**
 * Runs each public and worker operation of a system on a role that has its own grants and no others, and undoes what it did.
 *
 * @param run One for each of the list.
 */
export async function expectOwnGrantsToDo(
  { database, owner }: OperationsDatabase,
  system: keyof typeof verbGrants,
  run: Readonly<Record<string, (db: PostgresDatabase) => Promise<unknown>>>,
): Promise<void> {
  const verbs: Readonly<Record<string, VerbGrants>> = verbGrants[system];
  expect(Object.keys(run).sort()).toEqual(Object.keys(verbs).sort());
  const role = `verb_${database.name}`;
  for (const [name, verb] of Object.entries(run)) {
    await database.exec(`CREATE ROLE ${role}; ${grantStatements(role, [verbs[name] as VerbGrants]).join('')}`);
    const ran = owner.transaction(async (tx) => {
      await tx.execute(`SET LOCAL ROLE ${role}`);
      await verb(tx);
      throw undone;
    });
    await expect(ran, name).rejects.toBe(undone);
    await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
}
