import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controlsTransaction } from '../../../src/identity/access/transaction-control.ts';
import { queryOf } from '../../../src/tools/database/query.ts';
import { eachOfFewMajors, thorough, withDatabase } from '../../support/databases.ts';

const between = fc
  .array(fc.constantFrom(' ', '\n', '\t', '/**/', '/* commit */', '/* /* a */ ; */', '-- rollback\n', '--\r'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(''));
const ofSavepoints = [
  'ROLLBACK TO own',
  'ROLLBACK TO SAVEPOINT own',
  'ROLLBACK WORK TO own',
  'RELEASE own',
  'SAVEPOINT more',
];
const words = fc.constantFrom(
  ...ofSavepoints,
  ...['COMMIT', 'END', 'ABORT', 'ROLLBACK', 'COMMIT WORK', 'end transaction', 'Rollback Work', 'rollback transaction'],
  ...[
    'COMMIT AND NO CHAIN',
    'ABORT TRANSACTION',
    'SELECT 1',
    'TABLE commit',
    'commit_',
    'end1',
    '"commit"',
    "'commit'",
  ],
  ...['(SELECT 1) UNION SELECT 2', 'SELECT 1 AS "rollback"', 'EXPLAIN SELECT 1', '/* COMMIT', '1 COMMIT', 'savepoint1'],
);
const statements = fc
  .tuple(
    fc.array(fc.constantFrom(';', ' ', '/* /* */*/'), { maxLength: 3 }),
    words,
    fc.array(between, { minLength: 4, maxLength: 4 }),
  )
  .map(([before, text, spaces]) => ({
    isOfSavepoint: ofSavepoints.includes(text),
    statement: [...before, ...text.split(' ').map((word, at) => word + (spaces[at] ?? ' '))].join(''),
  }));

eachOfFewMajors((major) => {
  test('a statement that ends a transaction is told from others, as PostgreSQL tells them', () =>
    withDatabase(major, 'empty', async ({ client }) => {
      await client.query('CREATE TABLE commit ()');
      const query = queryOf(client);
      await fc.assert(
        fc.asyncProperty(statements, async ({ isOfSavepoint, statement }) => {
          await client.query('BEGIN; SAVEPOINT own');
          await query(statement, []).catch(() => {});
          const isIn = await client.query('ROLLBACK TO SAVEPOINT own').then(
            () => true,
            ({ code }) => code !== '25P01',
          );
          await client.query('ROLLBACK');
          expect({ statement, controls: controlsTransaction(statement) }).toEqual({
            statement,
            controls: isOfSavepoint || !isIn,
          });
        }),
        { numRuns: thorough ? 5_000 : 300 },
      );
    }));

  test.each(['BEGIN', 'begin isolation level serializable', 'START /**/ TRANSACTION', "prepare transaction 'x'"])(
    '%s is one, too',
    (statement) => {
      expect(controlsTransaction(statement)).toBe(true);
    },
  );

  test.each(['PREPARE own AS SELECT 1', 'START', '', ';', '--', '/*'])('“%s” is none', (statement) => {
    expect(controlsTransaction(statement)).toBe(false);
  });
});
