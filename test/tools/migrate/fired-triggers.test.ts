import { expect, test } from 'vitest';
import { planText } from '../../../src/cli/migrate-text.ts';
import { migrate, planMigrations } from '../../../src/tools/migrate/index.ts';
import { ended } from '../../../src/tools/migrate/plan.ts';
import { connectionTo, eachOfFewMajors, withDatabase } from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';

/** Triggers of a customer that note when they fire, in `fired`. The first ones fire with a migration. */
const triggers = `
  CREATE TABLE fired (trigger text, event text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO public.fired VALUES (TG_NAME, TG_OP);
    RETURN NEW;
  END $$;
  CREATE TABLE old_leads () INHERITS (leads);
  INSERT INTO old_leads (source, customer_id) SELECT 'web_quote', id FROM customers WHERE station_id IS NOT NULL LIMIT 1;
  UPDATE social_threads SET customer_id = (SELECT id FROM customers WHERE station_id IS NOT NULL LIMIT 1);

  CREATE TRIGGER touch BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER of_statements AFTER UPDATE ON leads EXECUTE FUNCTION note();
  CREATE TRIGGER of_a_child AFTER UPDATE OR DELETE ON old_leads FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER "send & forget" AFTER INSERT OR UPDATE ON social_threads FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER of_rights AFTER INSERT OR UPDATE ON identity.permissions FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER always AFTER UPDATE ON ai_conversations EXECUTE FUNCTION note();
  ALTER TABLE ai_conversations ENABLE ALWAYS TRIGGER always;

  CREATE TRIGGER of_a_column AFTER UPDATE OF status ON leads FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER of_new_rows AFTER INSERT OR DELETE ON leads FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER of_statements_of_a_child AFTER UPDATE ON old_leads EXECUTE FUNCTION note();
  CREATE TRIGGER of_new_rows_of_a_child AFTER INSERT ON old_leads FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER off BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE leads DISABLE TRIGGER off;
  CREATE TRIGGER on_replicas BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE leads ENABLE REPLICA TRIGGER on_replicas;
  CREATE TRIGGER of_another_table AFTER UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION note();`;

eachOfFewMajors((major) => {
  test('event triggers that run with the statements of a migration are named: those that are switched on', () =>
    withDatabase(major, 'legacy', async (database) => {
      await database.exec(`CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER "on" ON ddl_command_end EXECUTE FUNCTION see();
        CREATE EVENT TRIGGER off ON sql_drop EXECUTE FUNCTION see();
        ALTER EVENT TRIGGER off DISABLE`);
      const plan = await planMigrations(connectionTo(database), { locks: false });
      expect(plan.eventTriggers).toEqual([{ name: 'on', function: 'public.see', event: 'ddl_command_end' }]);
      expect(planText(plan, ended)).toContain(
        'Event trigger on calls public.see with these statements (ddl_command_end): if it refuses one, the run stops there.',
      );
    }));

  test('triggers of the customer that fire with a migration are named before: those, and no other', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec, url } = database;
      await exec(triggers);
      const plan = await planMigrations(connectionTo(database), { locks: false });
      const told = plan.triggers.map(({ name, event }) => ({ trigger: name, event }));
      expect(plan.triggers).toContainEqual({
        migration: plan.migrations.find(({ migration }) => migration.endsWith('_station_access_identity'))?.migration,
        table: 'public.social_threads',
        name: 'send & forget',
        event: 'UPDATE',
        function: 'public.note',
      });
      const shown = await hostedCommand(['migrate', '--dry-run', '--sql'], { DATABASE_URL: url });
      expect(shown).toMatchObject({ exitCode: 0 });
      const run = await hostedCommand(['migrate', '--no-check', '--json'], { DATABASE_URL: url });
      expect(run).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(run.stdout).triggers).toEqual(plan.triggers);
      const statement = 'ALTER TABLE "public"."social_threads" DISABLE TRIGGER "send & forget" keeps it from that';
      const header = shown.stdout.split('BEGIN')[0] ?? '';
      for (const text of [header, planText(plan, ended), run.stderr])
        expect(text.replace(/\s+/g, ' ')).toContain(statement);

      const { rows } = await query('SELECT DISTINCT trigger, event FROM fired ORDER BY trigger');
      expect([...told].sort((a, b) => (a.trigger < b.trigger ? -1 : 1))).toEqual(rows);
      expect((await migrate(connectionTo(database))).triggers).toEqual([]);
    }));
});
