import { expect, test } from 'vitest';
import { eachEngine } from '../support/databases.ts';
import { allSchemas } from './schemas.ts';
import { openCanonicalDatabase } from './tables.ts';

/** What the legacy rows hold and a service may not write. */
const unwritable: Readonly<Record<string, readonly string[]>> = { StationAuditLog: ['permissionsUsed'] };

eachEngine((engine) => {
  test('every legacy row passes its select schema, and may be written back', async () => {
    const database = await openCanonicalDatabase(engine);
    try {
      for (const { entity, table, select, insert, update } of allSchemas) {
        const rows = await database.drizzle.select().from(table);
        expect(rows.length, entity).toBeGreaterThan(0);
        for (const row of rows) {
          expect(select.parse(row)).toEqual(row);
          const written = Object.fromEntries(Object.entries(row).filter(([key]) => !unwritable[entity]?.includes(key)));
          expect(insert.parse(written)).toEqual(written);
          expect(update.parse(written)).toEqual(written);
        }
      }
    } finally {
      await database.close();
    }
  });
});
