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

  test('the right to put a trigger on the trail is a breach, and so is a trigger of another role, until the SQL is run', () =>
    withDatabase(major, 'deployed', async (database) => {
      const [one, other] = ['One', 'other'].map((name) => `${name}_${randomUUID().slice(0, 8)}`);
      const trail = 'identity.station_audit_logs';
      // One of the owner itself is none.
      await database.exec(`CREATE FUNCTION public.of_owner() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER of_owner BEFORE INSERT ON ${trail} FOR EACH ROW EXECUTE FUNCTION public.of_owner();
        CREATE ROLE "${one}"; CREATE ROLE ${other}; GRANT USAGE, CREATE ON SCHEMA public TO "${one}"; GRANT USAGE ON SCHEMA identity TO "${one}";
        GRANT ALL ON ${trail} TO "${one}" WITH GRANT OPTION; SET ROLE "${one}"; GRANT TRIGGER ON ${trail} TO ${other};
        CREATE FUNCTION public.of_one() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER "a Drop" BEFORE INSERT ON ${trail} FOR EACH ROW EXECUTE FUNCTION public.of_one();
        CREATE OR REPLACE TRIGGER station_audit_logs_sign BEFORE INSERT ON ${trail} FOR EACH ROW EXECUTE FUNCTION public.of_one(); RESET ROLE;
        GRANT TRIGGER ON public.discount_coupons TO PUBLIC; GRANT ALL ON public.bookings TO "${one}"`);
      try {
        const report = await check(database, { drizzleKit: false });
        const breach = 'it runs what it likes with the rights of the owner of the table';
        expect(report.status).toBe('differs');
        const [ours, ...theirs] = report.differs;
        expect(ours).toMatchObject({ kind: 'trigger', object: `${trail}.station_audit_logs_sign`, breach });
        expect(theirs.map(({ kind, object, found }) => [kind, object, found])).toEqual([
          ['trigger', `${trail}."a Drop"`, `a function of "${one}"`],
          ['privilege', `${trail}.TRIGGER`, `held by "${one}"`],
          ['privilege', `${trail}.TRIGGER`, `held by ${other}`],
          ['privilege', 'public.discount_coupons.TRIGGER', 'held by PUBLIC'],
        ]);
        for (const difference of theirs) expect(difference).toMatchObject({ expected: null, breach });
        expect(reportText(report, 'db', coloursFor())).toContain('5 differences, 5 breaches of station access, ');
        for (const statement of report.differs.flatMap(({ sql }) => sql)) await database.exec(statement);
        expect(await check(database, { drizzleKit: false })).toMatchObject({ status: 'agrees', differs: [] });
        const { rows } = await database.query(
          `SELECT has_table_privilege($1, $2, 'TRIGGER') AS trigger, has_table_privilege($1, $2, 'INSERT') AS insert`,
          [one, trail],
        );
        expect(rows).toEqual([{ trigger: false, insert: true }]);
      } finally {
        await database.exec(`DROP OWNED BY "${one}", ${other} CASCADE; DROP ROLE "${one}", ${other}`);
      }
    }));
});
