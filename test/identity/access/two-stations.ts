import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import type { StationDatabase } from '../../support/station-access.ts';

/** Two stations, A and B, with three customers each that are named after them, and a user who is an administrator of both. */
export const [A, B] = ['aaaaaaaa-0000-4000-8000-00000000010a', 'aaaaaaaa-0000-4000-8000-00000000010b'] as const;
const user = 'bbbbbbbb-0000-4000-8000-00000000010a';
export const inA = { userId: user, stationId: A };
export const inB = { userId: user, stationId: B };
export const twoStations = `
  INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${A}', 'A', 'TWO-A', 'A'), ('${B}', 'B', 'TWO-B', 'B');
  INSERT INTO identity.users (id, email, status) VALUES ('${user}', 'two@example.com', 'active');
  INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${user}', '${A}', 'admin'), ('${user}', '${B}', 'admin');
  INSERT INTO customers (station_id, first_name, last_name, email, phone)
  SELECT station.id, station.name, 'l', 'e', '1' FROM identity.stations AS station, generate_series(1, 3) WHERE station.code LIKE 'TWO-_'`;

/** The names of the customers that are within reach, one after the other. */
export async function names(tx: PostgresDatabase): Promise<string> {
  const rows = await (tx as PostgresJsDatabase).select({ name: Customer.firstName }).from(Customer);
  return rows.map(({ name }) => name).join('');
}

/** A pool of postgres-js with one connection, for one test, and what waits until that has ended. */
export async function withPostgresJs<Value>(
  database: StationDatabase,
  options: postgres.Options<Record<string, never>>,
  run: (db: PostgresJsDatabase, ended: () => Promise<unknown>) => Promise<Value>,
): Promise<Value> {
  const connection = new EventEmitter();
  const onclose = () => void connection.emit('close');
  const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {}, onclose, ...options });
  try {
    return await run(drizzle({ client }), () => once(connection, 'close'));
  } finally {
    await client.end({ timeout: 1 });
  }
}

/** What is waited for until it is opened. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** How a call ends: with a value, by an error's name, or not at all. */
export async function endOf(call: Promise<unknown>): Promise<unknown> {
  const settled = call.then(
    (value) => value ?? 'settled',
    (error: Error) => error.name,
  );
  return Promise.race([settled, sleep(10_000, 'hangs', { ref: false })]);
}

/** What would have ended the process while work ran. */
export async function uncaughtIn(work: () => Promise<unknown>): Promise<string[]> {
  const found: string[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const note = (error: Error) => void found.push(String(error));
  process.on('uncaughtException', note);
  try {
    await work();
  } finally {
    process.off('uncaughtException', note);
    for (const other of others) process.on('uncaughtException', other);
  }
  return found;
}
