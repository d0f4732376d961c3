import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byKey, compare } from '../../../src/tools/check/compare.ts';
import { schemaDifferences } from '../../../src/tools/check/differences.ts';
import type { SchemaDifference } from '../../../src/tools/check/report.ts';
import { type DatabaseDescription, describeDatabase } from '../../../src/tools/database/describe.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { eachMajor, majors, openDatabase, type ServerDatabase } from '../../support/databases.ts';
import { driftsOfOtherKinds, otherKinds } from './other-kinds.ts';

async function differencesOf(query: Query, expected: DatabaseDescription): Promise<SchemaDifference[]> {
  const found = await describeDatabase(query, { owners: true, grants: true });
  const { differs } = compare(expected, found, { renames: [], retired: [], due: new Set() });
  return schemaDifferences(differs, { expected: byKey(expected), found: byKey(found), renames: [] });
}

const shown = (differs: readonly SchemaDifference[]) =>
  differs.map(({ kind, object, property }) => [kind, object, property].filter((part) => part !== undefined).join(' '));

// The newest version of this run has them all; the others, where there is time.
const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

eachMajor((major) => {
  describe.runIf(deep || major === majors.at(-1))('objects that no model of the package has', () => {
    let database: ServerDatabase;
    beforeAll(async () => {
      database = await openDatabase(major, 'empty');
    });
    afterAll(() => database.close());

    test.each(Object.entries(driftsOfOtherKinds))('%s', async (_, { sql, differences, left = [] }) => {
      const { query, exec } = database;
      await exec(`DROP SCHEMA IF EXISTS shop CASCADE; ${otherKinds}`);
      const expected = await describeDatabase(query);
      expect(await differencesOf(query, expected)).toEqual([]);

      await exec(sql);
      const differs = await differencesOf(query, expected);
      expect(shown(differs)).toEqual(differences);
      for (const statement of differs.flatMap((difference) => difference.sql)) {
        if (!statement.startsWith('--')) await query(statement);
      }
      expect(shown(await differencesOf(query, expected))).toEqual(left);
    });
  });
});
