import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { isRetryable } from '../../../src/errors.ts';
import { recordAuditEvent, verifyAuditTrail } from '../../../src/identity/audit/index.ts';
import { Station } from '../../../src/identity/index.ts';
import { eachOfFewMajors, type ServerDatabase } from '../../support/databases.ts';
import { type IdentityDatabase, newStation, openIdentityDatabase } from '../../support/identity.ts';
import { openPool } from '../../support/servers.ts';

const writers = 4;

const drivers: Readonly<Record<string, (url: string) => { db: PostgresDatabase; end: () => Promise<void> }>> = {
  'node-postgres': (url) => {
    const pool = openPool(url, { max: writers });
    return { db: drizzleNodePostgres({ client: pool }) as PostgresDatabase, end: () => pool.end() };
  },
  'postgres-js': (url) => {
    const client = postgres(url, { max: writers, onnotice: () => {} });
    return { db: drizzlePostgresJs({ client }) as PostgresDatabase, end: () => client.end() };
  },
};

eachOfFewMajors((major) => {
  let database: IdentityDatabase & ServerDatabase;
  beforeAll(async () => {
    database = await openIdentityDatabase(major);
  });
  afterAll(() => database.close());

  test.each(Object.entries(drivers))(
    'of writers side by side in SERIALIZABLE some are asked to repeat, and isRetryable says so: %s',
    async (_, connect) => {
      const stationId = await newStation(database.db);
      const { db, end } = connect(database.url);
      const refused: unknown[] = [];
      let waiting = writers;
      let go = () => {};
      const allHaveWritten = new Promise<void>((resolve) => {
        go = resolve;
      });
      const write = async (number: number) => {
        for (let attempt = 0; attempt < 50; attempt++) {
          try {
            return await db.transaction(
              async (tx) => {
                await tx.$count(Station);
                await recordAuditEvent(tx, { stationId, userId: null, action: 'access.granted', details: { number } });
                if (attempt > 0) return;
                waiting--;
                if (waiting === 0) go();
                await allHaveWritten;
              },
              { isolationLevel: 'serializable' },
            );
          } catch (error) {
            refused.push(error);
            if (!isRetryable(error)) throw error;
          }
        }
      };
      try {
        await Promise.all(Array.from({ length: writers }, (_, number) => write(number)));
      } finally {
        await end();
      }
      expect(refused.length).toBeGreaterThan(0);
      for (const error of refused) expect(codeOf(error)).toBe('40001');
      expect(await verifyAuditTrail(database.db, stationId)).toMatchObject({ intact: true, sealed: writers });
    },
  );
});

/** The SQLSTATE, of the error itself or of the one behind Drizzle's. */
function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return code ?? (cause === undefined ? undefined : codeOf(cause));
}
