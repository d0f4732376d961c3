import { expect, test } from 'vitest';
import { grantStatements, verbGrants } from '../../src/registry/verb-grants.ts';
import { majors, openServerDatabase } from '../support/databases.ts';

test('PostgreSQL takes the grants of every verb', async () => {
  const database = await openServerDatabase(majors[0] as (typeof majors)[number], 'migrated');
  const role = `verbs_${database.name}`;
  await database.exec(`CREATE ROLE ${role}`);
  const verbs = Object.values(verbGrants).flatMap((ofSubpath) => Object.values(ofSubpath));
  expect(verbs.length).toBeGreaterThan(10);
  for (const verb of verbs) {
    for (const statement of grantStatements(role, [verb])) await database.query(statement);
  }
  await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database.close();
});
