import { describe } from 'vitest';
import { lines, testCases } from './cases.ts';

const booking = 'canonical-models/models/booking';
const social = 'canonical-models/models/social';
const core = 'canonical-models/core';

/** Statements that use none of the names: enough of them that a reading of the others is worth it. */
const others = Array.from({ length: 12 }, (_, index) => [
  `/** Case ${index}. @returns BookingSource */`,
  `export function other${index}(input: readonly string[]): string[] {`,
  '  return input.map((each) => `${each}:${each.length}`).filter((each) => each !== String(input));',
  '}',
  `register(other${index})`,
]).flat();

describe('an enum is left for a use through a variable in a statement that does not name it', () => {
  testCases(
    [
      ['const S = BookingStatus;', 'export const first = S.CONFIRMED;'],
      ['export const S = BookingStatus;', 'export const first = S.CONFIRMED;'],
      ['const S = BookingStatus as any, T = S;', 'const U = T;', 'export const first = U.CONFIRMED;'],
      ['{ var S = BookingStatus; }', 'export function f() { return S.CONFIRMED; }'],
      ['if (input) for (;;) { var S = BookingStatus; break; }', 'export class C { value = S.CONFIRMED; }'],
      ['export const first = () => S.CONFIRMED;', 'const S = BookingStatus;'],
      ['const S = BookingStatus;', 'const { CONFIRMED } = S;'],
      ['const S = BookingStatus;', '@Check(S.CONFIRMED)', 'export class C {}'],
      ['const S = BookingStatus;', 'export type Label = keyof typeof S;'],
    ].map((uses) => ({
      name: uses.join(' '),
      before: lines(`import { BookingStatus } from '${booking}';`, uses[0] ?? '', ...others, ...uses.slice(1)),
      left: ['unknown-member'] as const,
    })),
  );
});

describe('a name that is written with an escape is found', () => {
  testCases([
    {
      name: 'an enum',
      before: lines(
        `import { BookingStatus } from '${booking}';`,
        ...others,
        'export const first = Booking\\u0053tatus.CONFIRMED;',
      ),
      left: ['unknown-member'],
    },
    {
      name: 'a declaration under the name of the enum',
      before: lines(
        `import { BookingStatus } from '${booking}';`,
        ...others,
        'export function f(Booking\\u0053tatus: any) { return BookingStatus.CONFIRMED; }',
      ),
      after: lines(
        `import { BookingStatus } from '${core}';`,
        ...others,
        'export function f(Booking\\u0053tatus: any) { return BookingStatus.CONFIRMED; }',
      ),
    },
  ]);
});

describe('what the rest of a file is does not matter', () => {
  testCases([
    {
      name: 'uses of a renamed import between other statements, and before export',
      before: lines(
        `import { Booking, BookingStatus } from '${booking}';`,
        `import { SocialAccount } from '${social}';`,
        ...others,
        'const account = SocialAccount',
        ...others,
        '@Uses(SocialAccount, BookingStatus.enumValues)',
        'export class C {}',
        ...others,
        'export { SocialAccount };',
      ),
      after: lines(
        `import { Booking, BookingStatus } from '${core}';`,
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        ...others,
        'const account = BusinessSocialAccount',
        ...others,
        '@Uses(BusinessSocialAccount, BookingStatus.enumValues)',
        'export class C {}',
        ...others,
        'export { BusinessSocialAccount as SocialAccount };',
      ),
    },
    {
      name: 'another declaration of an enum’s name',
      before: lines(
        `import { BookingStatus } from '${booking}';`,
        ...others,
        'export const own = (BookingStatus: any) => BookingStatus.CONFIRMED;',
        '// BookingStatus.CONFIRMED in a comment',
        "log('BookingStatus.CONFIRMED', `BookingStatus.CONFIRMED`);",
      ),
      after: lines(
        `import { BookingStatus } from '${core}';`,
        ...others,
        'export const own = (BookingStatus: any) => BookingStatus.CONFIRMED;',
        '// BookingStatus.CONFIRMED in a comment',
        "log('BookingStatus.CONFIRMED', `BookingStatus.CONFIRMED`);",
      ),
    },
    {
      name: 'a mention in a comment',
      file: 'case.js',
      before: lines(
        `import { Booking } from '${booking}';`,
        ...others.map((line) => line.replace(/: readonly string\[\]|: string\[\]/g, '')),
        `/** @type {import('${social}').SocialAccount} */`,
        'let account;',
      ),
      after: lines(
        `import { Booking } from '${core}';`,
        ...others.map((line) => line.replace(/: readonly string\[\]|: string\[\]/g, '')),
        `/** @type {import('canonical-models/lead').BusinessSocialAccount} */`,
        'let account;',
      ),
    },
    ...['export const rest = 1', 'rest()', '[rest].map(use)', 'type Rest = 1'].map((next) => ({
      name: `a declaration without a semicolon ends before ${next}`,
      before: lines(`import { SocialAccount as S } from '${social}'`, `import '${social}'`, next, ...others),
      after: lines(
        `import { BusinessSocialAccount as S } from 'canonical-models/lead'`,
        `import 'canonical-models/lead'`,
        `import 'canonical-models/feedback_marketing'`,
        next,
        ...others,
      ),
    })),
    {
      name: 'text that does not parse is found',
      before: lines(`import { Booking } from '${booking}';`, ...others, 'export const = 1;'),
      left: ['unparsed'],
    },
  ]);
});
