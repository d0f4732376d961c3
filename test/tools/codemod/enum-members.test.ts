import { describe, expect, test } from 'vitest';
import { codemod } from '../../../src/tools/codemod/index.ts';
import { lines, testCases } from './cases.ts';
import { map } from './models.ts';

const booking = 'canonical-models/models/booking';
const core = 'canonical-models/core';

describe('an enum whose members are used is left', () => {
  testCases(
    [
      'use(BookingStatus.CONFIRMED);',
      `use(BookingStatus['CONFIRMED']);`,
      'use(BookingStatus?.CONFIRMED);',
      'use((BookingStatus as any).CONFIRMED);',
      'use(BookingStatus!.CONFIRMED);',
      'const { CONFIRMED } = BookingStatus;',
      'let s: BookingStatus.CONFIRMED;',
      'let s: typeof BookingStatus.CONFIRMED;',
      `let s: (typeof BookingStatus)['CONFIRMED'];`,
      'const S = BookingStatus;\nuse(S.CONFIRMED);',
      '@Check(BookingStatus.CONFIRMED)\nexport class C {}',
      'use(BookingStatus[key]);',
      'use(Object.values(BookingStatus));',
      'for (const key in BookingStatus) use(key);',
      'use({ ...BookingStatus });',
      'use(key in BookingStatus);',
      'use(z.nativeEnum(BookingStatus));',
      '@IsEnum(BookingStatus)\nexport class C {}',
      'let key: keyof typeof BookingStatus;',
      'let value: (typeof BookingStatus)[Key];',
      'use(BookingStatus);',
      'new Column({ type: BookingStatus });',
      '@Column({ enum: BookingStatus })\nexport class C {}',
      'use(Object.keys({ BookingStatus }));',
      'const all = [BookingStatus];',
      'const S = fallback ?? BookingStatus;',
      'statuses = BookingStatus;',
      'own.exports = BookingStatus;',
      'module.exports = list({ BookingStatus });',
      'module.exports = { [BookingStatus]: 1 };',
      'use(createSchema(BookingStatus));',
      'const get = () => BookingStatus;',
      'class C {\n  static S = BookingStatus;\n}',
      'let S = BookingStatus;\nS = other(S);',
      'const S = BookingStatus;\nuse(S);',
      'var S = BookingStatus;\nvar S = S;\nuse(S);',
    ].map((use) => ({
      name: use.replaceAll('\n', ' '),
      before: lines(`import { BookingStatus } from '${booking}';`, use),
      left: ['unknown-member'] as const,
    })),
  );
  testCases([
    {
      name: 'each use is listed, and other names of the import move',
      before: lines(
        `import { Booking, BookingStatus } from '${booking}';`,
        'use(Booking, BookingStatus.CONFIRMED, BookingStatus.PENDING);',
      ),
      after: lines(
        `import { BookingStatus } from '${booking}';`,
        `import { Booking } from '${core}';`,
        'use(Booking, BookingStatus.CONFIRMED, BookingStatus.PENDING);',
      ),
      left: ['unknown-member', 'unknown-member'],
    },
    {
      name: 'under another name',
      before: lines(`import { BookingStatus as S } from '${booking}';`, 'use(S.CONFIRMED);'),
      left: ['unknown-member'],
    },
    {
      name: 'of a namespace',
      before: lines(`import * as m from '${booking}';`, 'use(m.Booking, m.BookingStatus.CONFIRMED);'),
      left: ['unknown-member'],
    },
    {
      name: 'taken from a namespace',
      before: lines(
        `import * as m from '${booking}';`,
        'const { BookingStatus } = m;',
        'const { BookingStatus: { CONFIRMED } } = m;',
        'use(BookingStatus.NO_SHOW);',
      ),
      left: ['unknown-member', 'unknown-member'],
    },
    {
      name: 'loaded',
      before: lines(
        `const { BookingStatus } = await import('${booking}');`,
        'use(BookingStatus.CONFIRMED);',
        `use(require('${booking}').BookingStatus.CONFIRMED);`,
      ),
      left: ['unknown-member', 'unknown-member'],
    },
    {
      name: 'in a type',
      before: lines(
        `let one: import('${booking}').BookingStatus.CONFIRMED;`,
        `let two: typeof import('${booking}').BookingStatus.CONFIRMED;`,
        `let three: (typeof import('${booking}'))['BookingStatus']['CONFIRMED'];`,
      ),
      left: ['unknown-member', 'unknown-member', 'unknown-member'],
    },
  ]);

  test('the message has the label that fits, or all of them', () => {
    const messageFor = (member: string): string | undefined =>
      codemod(`import { BookingStatus } from '${booking}';\nuse(BookingStatus.${member});\n`, {
        fileName: 'a.ts',
        map,
      }).left[0]?.message;
    expect(messageFor('CONFIRMED')).toBe(`the canonical BookingStatus has no member CONFIRMED: write 'confirmed'`);
    expect(messageFor('DepositPaid')).toBe(
      `the canonical BookingStatus has no member DepositPaid: write 'deposit_paid'`,
    );
    expect(messageFor('SEATED')).toBe(
      "the canonical BookingStatus has no member SEATED, and no label like it: 'pending', 'deposit_pending', 'deposit_paid', " +
        "'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show'",
    );
  });

  test('at the use', () => {
    const { left } = codemod(`import { BookingStatus } from '${booking}';\nuse(BookingStatus.CONFIRMED);\n`, {
      fileName: 'a.ts',
      map,
    });
    expect(left).toMatchObject([{ line: 2, column: 5, from: `${booking}#BookingStatus` }]);
  });
});

describe('an enum that is used as the canonical one moves', () => {
  testCases(
    [
      'module.exports = BookingStatus;',
      'module.exports = { BookingStatus, own };',
      'module.exports.BookingStatus = BookingStatus;',
      'exports.Status = BookingStatus;',
    ].map((use) => ({
      name: use,
      file: 'case.cjs',
      before: lines(`const { BookingStatus } = require('${booking}');`, use),
      after: lines(`const { BookingStatus } = require('${core}');`, use),
    })),
  );
  testCases(
    [
      'use(BookingStatus.enumValues);',
      'let s: BookingStatus = await load();',
      'let s: (typeof BookingStatus.enumValues)[number];',
      'const { enumValues } = BookingStatus;',
      `export const status = BookingStatus('status');`,
      'use(typeof BookingStatus);',
      'let s: typeof BookingStatus;',
      'use(column === BookingStatus);',
      'export { BookingStatus };',
      'export const S = BookingStatus;',
      'function f(BookingStatus: any) { return BookingStatus.CONFIRMED; }',
      'use(z.enum(BookingStatus.enumValues));',
      `export const own = pgEnum('own', BookingStatus.enumValues);`,
      'use(inArray(booking.status, BookingStatus.enumValues));',
      'use(new Set(BookingStatus.enumValues), [...BookingStatus.enumValues], BookingStatus.enumValues.includes(input));',
      'for (const label of BookingStatus.enumValues) use(label);',
      'export const counts: Record<BookingStatus, number> = count();',
      'export const schema = createSelectSchema(BookingStatus);',
      'use(isPgEnum(BookingStatus));',
      'export default BookingStatus;',
      'export default { BookingStatus };',
    ].map((use) => ({
      name: use,
      before: lines(`import { BookingStatus } from '${booking}';`, use),
      after: lines(`import { BookingStatus } from '${core}';`, use),
    })),
  );
});
