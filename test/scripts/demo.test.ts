import { expect, test } from 'vitest';
import { demo } from '../../scripts/demo/demo.ts';
import { majors, withDatabase } from '../support/databases.ts';

test('the demo carries the legacy database, and finds every row where it was', () =>
  withDatabase(majors.at(-1) ?? 18, 'empty', async ({ url }) => {
    const { tables, steps, booking } = await demo(url);
    expect(tables).toHaveLength(44);
    expect(tables.reduce((sum, { after }) => sum + after.rows, 0)).toBe(3777);
    expect(steps.map(({ result }) => result)).toEqual(
      expect.arrayContaining(['44 of 44 equal', 'no drift', '7 of 7 answer']),
    );
    expect(booking.messages).toBeGreaterThan(0);
  }));
