import { expect, test } from 'vitest';
import { eachEngineOfLongRuns, withDatabase } from './databases.ts';

eachEngineOfLongRuns((engine) => {
  test('a legacy database holds the legacy rows', async () => {
    await withDatabase(engine, 'legacy', async ({ query }) => {
      const { rows } = await query('SELECT count(*)::text AS count FROM public.messages');
      expect(rows).toEqual([{ count: '420' }]);
    });
  });

  test('each test has its database to itself, side by side with others', async () => {
    const changes = ['first', 'second', 'third'].map((name) =>
      withDatabase(engine, 'empty', async ({ exec, query }) => {
        await exec(`CREATE TABLE only_here (name text); INSERT INTO only_here VALUES ('${name}')`);
        return (await query('SELECT name FROM only_here')).rows;
      }),
    );
    expect(await Promise.all(changes)).toEqual([[{ name: 'first' }], [{ name: 'second' }], [{ name: 'third' }]]);
  });
});
