import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { reportText } from '../../../src/cli/check-text.ts';
import { coloursFor } from '../../../src/cli/terminal.ts';
import { check } from '../../../src/tools/check/check.ts';
import { createRecordStatements, recordStatement } from '../../../src/tools/migrations/record.ts';
import { eachMajor, withDatabase } from '../../support/databases.ts';
import { baselineMigration, migrationsAfterBaseline } from '../../support/migrate.ts';

eachMajor((major) => {
  test('a foreign policy is a breach if it applies to a role of station access', () =>
    withDatabase(major, 'migrated', async (database) => {
      const [service, team, other] = ['service', 'team', 'other'].map((name) => `${name}_${randomUUID().slice(0, 8)}`);
      const migrations = [baselineMigration, ...migrationsAfterBaseline];
      for (const sql of [...createRecordStatements, ...migrations.map(recordStatement)]) await database.query(sql);
      await database.exec(`CREATE ROLE ${team}; CREATE ROLE ${service} IN ROLE station_service, ${team}; CREATE ROLE ${other};
        CREATE POLICY everybody ON bookings USING (true);
        CREATE POLICY of_group ON bookings FOR SELECT TO station_service_every USING (true);
        CREATE POLICY of_service ON bookings AS RESTRICTIVE TO ${service} USING (false);
        CREATE POLICY of_team ON bookings TO ${team} USING (true);
        CREATE POLICY of_others ON bookings TO ${other} USING (true)`);
      try {
        const report = await check(database, { drizzleKit: false });
        expect(report.status).toBe('differs');
        expect(report.differs.map(({ object, breach }) => [object, breach])).toEqual([
          ['public.bookings.everybody', 'it opens rows to PUBLIC beside station access'],
          ['public.bookings.of_group', 'it opens rows to station_service_every beside station access'],
          ['public.bookings.of_others', undefined],
          ['public.bookings.of_service', `it hides rows from ${service} that station access shows`],
          ['public.bookings.of_team', `it opens rows to ${team} beside station access`],
        ]);
        for (const { sql } of report.differs) expect(sql.join()).toContain('DROP POLICY');
        expect(reportText(report, 'db', coloursFor())).toContain('5 differences, 4 breaches of station access, ');
      } finally {
        await database.exec(`DROP OWNED BY ${service}, ${team}, ${other}; DROP ROLE ${service}, ${team}, ${other}`);
      }
    }));
});
