import { expect, test } from 'vitest';
import { reportText } from '../../../src/cli/check-text.ts';
import { coloursFor } from '../../../src/cli/terminal.ts';
import { check } from '../../../src/tools/check/check.ts';
import { createRecordStatements, recordStatement } from '../../../src/tools/migrations/record.ts';
import { eachOfFewMajors, withDatabase } from '../../support/databases.ts';
import { baselineMigration, migrationsAfterBaseline } from '../../support/migrate.ts';

eachOfFewMajors((major) => {
  test('what does not matter is a note, for drizzle-kit too: the database agrees', () =>
    withDatabase(major, 'migrated', async (database) => {
      const migrations = [baselineMigration, ...migrationsAfterBaseline];
      for (const sql of [...createRecordStatements, ...migrations.map(recordStatement)]) await database.query(sql);
      await database.exec(`CREATE SCHEMA core; ALTER TYPE escalation_priority SET SCHEMA core;
        ALTER TABLE chefs ADD COLUMN rank smallint DEFAULT 1; CREATE INDEX by_rank ON chefs (rank);
        COMMENT ON COLUMN chefs.bio IS 'in English'; ALTER TABLE chefs SET (fillfactor = 90);
        ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive, ADD CONSTRAINT guests CHECK (guest_count > 1 - 1);
        ALTER TABLE qr_scans ALTER COLUMN scanned_at SET DEFAULT CURRENT_TIMESTAMP;
        DROP INDEX idx_review_escalations_open, idx_event_review_requests_to_send, idx_discount_coupons_active_valid_until;
        CREATE INDEX open_ones ON review_escalations (station_id, created_at, id) WHERE is_resolved = false;
        CREATE INDEX idx_discount_coupons_active_valid_until ON discount_coupons (valid_until)
          WHERE status = 'active' AND 2 > 1;
        CREATE INDEX idx_event_review_requests_to_send ON event_review_requests (created_at)
          WHERE review_id IS NULL AND (failed_at IS NULL AND sent_at IS NULL)`);
      const report = await check(database);
      expect(report.differs).toEqual([]);
      expect(report).toMatchObject({ status: 'agrees', drizzleKit: { status: 'compared' } });
      expect(report.unknown).toEqual([{ kind: 'schema', object: 'core' }]);
      expect(report.notes.map(({ kind, object }) => `${kind} ${object}`)).toEqual([
        'other-enum-place public.escalation_priority',
        'other-check-spelling public.bookings.check_guest_count_positive',
        'other-constraint-name public.bookings.check_guest_count_positive',
        'extra-index public.by_rank',
        'storage public.chefs',
        'comment public.chefs.bio',
        'extra-column public.chefs.rank',
        'other-index-spelling public.idx_discount_coupons_active_valid_until',
        'other-index-spelling public.idx_event_review_requests_to_send',
        'other-default-spelling public.qr_scans.scanned_at',
        'other-index-name public.idx_review_escalations_open',
        'other-index-spelling public.idx_review_escalations_open',
      ]);
      const text = reportText(report, 'db', coloursFor());
      expect(text).toContain('Notes: taken as it is (this is not a difference)');
      expect(text).toContain('\n    rank is not expected: smallint, default 1\n');

      await database.exec('ALTER TABLE escalations ALTER COLUMN priority DROP DEFAULT');
      const [difference] = (await check(database, { drizzleKit: false })).differs;
      expect(difference).toMatchObject({ object: 'public.escalations.priority', property: 'default' });
      // Its SQL runs: it names the enum where it is.
      for (const sql of difference?.sql ?? []) await database.query(sql);
      expect(await check(database, { drizzleKit: false })).toMatchObject({ status: 'agrees' });

      // Another condition is another index.
      await database.exec(`DROP INDEX idx_discount_coupons_active_valid_until;
        CREATE INDEX idx_discount_coupons_active_valid_until ON discount_coupons (valid_until) WHERE status = 'expired'`);
      expect(await check(database, { drizzleKit: false })).toMatchObject({
        status: 'differs',
        differs: [{ object: 'public.idx_discount_coupons_active_valid_until', property: 'definition' }],
      });

      // Another name does not hide what matters.
      await database.exec(`ALTER TABLE bookings DROP CONSTRAINT guests,
        ADD CONSTRAINT guests CHECK (guest_count > 1 - 1) NOT VALID`);
      expect(await check(database, { drizzleKit: false })).toMatchObject({ status: 'differs' });
    }));
});
