import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import expectedFile from '../../../drizzle/expected/baseline.json' with { type: 'json' };
import { type DatabaseDescription, describeDatabase } from '../../../src/tools/database/describe.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { inspectDeviations } from '../../../src/tools/deviations/inspect.ts';
import { eachMajor, openDatabase, type TestDatabase } from '../../support/databases.ts';

const expected = expectedFile.objects as unknown as DatabaseDescription;

async function kindsOf(query: Query): Promise<string[]> {
  const deviations = await inspectDeviations(query, expected, await describeDatabase(query));
  return deviations.map(({ kind, object }) => `${kind} ${object}`);
}

/** Another spelling, and what is made of it. */
const spellings: Readonly<Record<string, { readonly sql: string; readonly kinds: readonly string[] }>> = {
  'now() as CURRENT_TIMESTAMP': {
    sql: 'ALTER TABLE bookings ALTER created_at SET DEFAULT CURRENT_TIMESTAMP',
    kinds: ['other-default-spelling public.bookings.created_at'],
  },
  'a text for a varchar': {
    sql: `ALTER TABLE identity.stations ALTER status SET DEFAULT 'active'::text`,
    kinds: ['other-default-spelling identity.stations.status'],
  },
  'a number in digits that say the same': {
    sql: `ALTER TABLE identity.stations ALTER booking_lead_time_hours SET DEFAULT 12 * 2`,
    kinds: ['other-default-spelling identity.stations.booking_lead_time_hours'],
  },
  'another number': {
    sql: `ALTER TABLE identity.stations ALTER booking_lead_time_hours SET DEFAULT 25`,
    kinds: ['other-default identity.stations.booking_lead_time_hours'],
  },
  'another moment': {
    sql: `ALTER TABLE bookings ALTER created_at SET DEFAULT now() + interval '1 hour'`,
    kinds: ['other-default public.bookings.created_at'],
  },
  'a check on a column that became text, under another name, in another order': {
    sql: `ALTER TABLE identity.stations DROP CONSTRAINT station_status_valid, ALTER status TYPE text;
      ALTER TABLE identity.stations ADD CONSTRAINT allowed CHECK (status IN ('inactive', 'maintenance', 'active', 'suspended'))`,
    kinds: [
      'wider-type identity.stations.status',
      'other-check-spelling identity.stations.station_status_valid',
      'other-constraint-name identity.stations.station_status_valid',
    ],
  },
  'a check of other labels': {
    sql: `ALTER TABLE identity.stations DROP CONSTRAINT station_status_valid,
      ADD CONSTRAINT station_status_valid CHECK (status IN ('active', 'inactive', 'suspended', 'maintenance', 'closed'))`,
    kinds: ['other-check identity.stations.station_status_valid'],
  },
  'a check as two comparisons, and as BETWEEN': {
    sql: `ALTER TABLE customer_review_blog_posts DROP CONSTRAINT rating_range,
      ADD CONSTRAINT rating_range CHECK (rating BETWEEN 1::smallint + 0 AND 5)`,
    kinds: ['other-check-spelling public.customer_review_blog_posts.rating_range'],
  },
  'a cast of its own, which is not called': {
    sql: `CREATE TYPE mood AS ENUM ('good');
      CREATE FUNCTION thief(integer) RETURNS mood LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RAISE EXCEPTION 'called with the rights of another'; END $$;
      CREATE CAST (integer AS mood) WITH FUNCTION thief(integer);
      ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive;
      ALTER TABLE bookings ADD CONSTRAINT check_guest_count_positive CHECK (guest_count > 0 AND 1::mood IS NOT NULL) NOT VALID;
      ALTER TABLE bookings ALTER created_at SET DEFAULT CURRENT_TIMESTAMP, ALTER deposit_reminder_sent SET DEFAULT 1 > 2`,
    kinds: [
      'not-validated public.bookings.check_guest_count_positive',
      'other-check public.bookings.check_guest_count_positive',
      'other-default-spelling public.bookings.created_at',
      'other-default-spelling public.bookings.deposit_reminder_sent',
    ],
  },
  'a function of its own, which is not called': {
    sql: `CREATE FUNCTION thief() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RAISE EXCEPTION 'called with the rights of another'; END $$;
      ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive;
      ALTER TABLE bookings ADD CONSTRAINT check_guest_count_positive CHECK (guest_count > 0 AND thief()) NOT VALID;
      ALTER TABLE bookings ALTER created_at SET DEFAULT CURRENT_TIMESTAMP, ALTER deposit_reminder_sent SET DEFAULT 1 > 2`,
    kinds: [
      'not-validated public.bookings.check_guest_count_positive',
      'other-check public.bookings.check_guest_count_positive',
      'other-default-spelling public.bookings.created_at',
      'other-default-spelling public.bookings.deposit_reminder_sent',
    ],
  },
};

eachMajor((major) => {
  describe('a default or check in another spelling', () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await openDatabase(major, 'legacy');
    });
    afterAll(() => database.close());

    test.each(Object.entries(spellings))('%s', async (_, { sql, kinds }) => {
      await database.query('BEGIN');
      try {
        await database.exec(sql);
        expect((await kindsOf(database.query)).sort()).toEqual([...kinds].sort());
      } finally {
        await database.query('ROLLBACK');
      }
    });
  });
});
