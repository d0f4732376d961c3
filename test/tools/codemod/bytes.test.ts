import { describe, expect, test } from 'vitest';
import { codemod } from '../../../src/tools/codemod/index.ts';
import { lines, testCases } from './cases.ts';
import { map } from './models.ts';

const before = lines(
  `import { SocialAccount, CustomerReview } from 'canonical-models/models/social';`,
  `import { Booking } from 'canonical-models/models/booking';`,
  'use(SocialAccount, CustomerReview, Booking);',
);
const after = lines(
  `import { BusinessSocialAccount } from 'canonical-models/lead';`,
  `import { CustomerReview } from 'canonical-models/feedback_marketing';`,
  `import { Booking } from 'canonical-models/core';`,
  'use(BusinessSocialAccount, CustomerReview, Booking);',
);

describe('bytes', () => {
  testCases([
    { name: 'CRLF', before: before.replaceAll('\n', '\r\n'), after: after.replaceAll('\n', '\r\n') },
    { name: 'a byte order mark', before: `\uFEFF${before}`, after: `\uFEFF${after}` },
    { name: 'no final newline', before: before.trimEnd(), after: after.trimEnd() },
    {
      name: 'no final newline after an import that is removed',
      before: `import { Chef } from 'canonical-models/core';\nimport { Booking } from 'canonical-models/models/booking';`,
      after: `import { Chef, Booking } from 'canonical-models/core';`,
    },
    { name: 'a hashbang', before: `#!/usr/bin/env node\n${before}`, after: `#!/usr/bin/env node\n${after}` },
    {
      name: 'tabs, and several lines',
      before: lines(
        `declare module 'service' {`,
        '\timport {',
        '\t\tSocialAccount,',
        '\t\tSocialIdentity,',
        '\t\tSocialThread,',
        '\t\tCustomerReview',
        `\t} from 'canonical-models/models/social';`,
        '}',
      ),
      after: lines(
        `declare module 'service' {`,
        '\timport {',
        '\t\tBusinessSocialAccount as SocialAccount,',
        '\t\tCustomerSocialIdentity as SocialIdentity,',
        '\t\tLeadSocialThread as SocialThread',
        `\t} from 'canonical-models/lead';`,
        `\timport { CustomerReview } from 'canonical-models/feedback_marketing';`,
        '}',
      ),
    },
    {
      name: 'quotes, spaces and semicolons as they are',
      before: lines(
        `import {SocialAccount as A,CustomerReview} from "canonical-models/models/social"`,
        `import  {  Booking  }  from  'canonical-models/models/booking'  ;`,
        'import { Lead }from`x`'.replace('`x`', `'canonical-models/models/lead'`),
      ),
      after: lines(
        `import {BusinessSocialAccount as A} from "canonical-models/lead"`,
        `import {CustomerReview} from "canonical-models/feedback_marketing"`,
        `import  {  Booking  }  from  'canonical-models/core'  ;`,
      ).replace('as A}', 'as A, Lead}'),
    },
    {
      name: 'characters outside the basic plane',
      before: lines(
        `const smile = '😀😀';`,
        `import { SocialAccount } from 'canonical-models/models/social';`,
        `use('😀', SocialAccount);`,
      ),
      after: lines(
        `const smile = '😀😀';`,
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        `use('😀', BusinessSocialAccount);`,
      ),
    },
    {
      name: 'identifiers with escapes',
      before: lines(
        `import { Soci\\u0061lAccount } from 'canonical-models/models/social';`,
        'use(SocialAccount, Soci\\u0061lAccount);',
      ),
      after: lines(
        `import { BusinessSocialAccount as Soci\\u0061lAccount } from 'canonical-models/lead';`,
        'use(SocialAccount, Soci\\u0061lAccount);',
      ),
    },
    {
      name: 'decorators',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        '@Entity(SocialAccount)',
        'export class Store {',
        '  @Inject(SocialAccount) private readonly accounts: SocialAccount[] = [];',
        '  constructor(@Param(SocialAccount) private one: SocialAccount, readonly two = SocialAccount) {}',
        `  @On('SocialAccount') SocialAccount(@Arg() SocialAccount: unknown) { return SocialAccount; }`,
        '}',
        `@Lazy(() => import('canonical-models/models/booking').then((m) => m.Booking)) export class Other {}`,
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        '@Entity(BusinessSocialAccount)',
        'export class Store {',
        '  @Inject(BusinessSocialAccount) private readonly accounts: BusinessSocialAccount[] = [];',
        '  constructor(@Param(BusinessSocialAccount) private one: BusinessSocialAccount, readonly two = BusinessSocialAccount) {}',
        `  @On('SocialAccount') SocialAccount(@Arg() SocialAccount: unknown) { return SocialAccount; }`,
        '}',
        `@Lazy(() => import('canonical-models/core').then((m) => m.Booking)) export class Other {}`,
      ),
    },
    {
      name: 'generics in JSX',
      file: 'case.tsx',
      before: lines(
        `import type { SocialAccount } from 'canonical-models/models/social';`,
        'const pick = <T extends SocialAccount,>(all: T[]) => <List<T | SocialAccount> of={all}>{all as SocialAccount[]}</List>;',
      ),
      after: lines(
        `import type { BusinessSocialAccount } from 'canonical-models/lead';`,
        'const pick = <T extends BusinessSocialAccount,>(all: T[]) => <List<T | BusinessSocialAccount> of={all}>{all as BusinessSocialAccount[]}</List>;',
      ),
    },
    {
      name: 'satisfies, using and accessor',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'const row = { id: 1 } satisfies Partial<SocialAccount>;',
        'async function work() { using one = lock(SocialAccount); await using two = lock(SocialAccount); }',
        'class Box { accessor value = SocialAccount; static { use(SocialAccount); } declare type: SocialAccount }',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'const row = { id: 1 } satisfies Partial<BusinessSocialAccount>;',
        'async function work() { using one = lock(BusinessSocialAccount); await using two = lock(BusinessSocialAccount); }',
        'class Box { accessor value = BusinessSocialAccount; static { use(BusinessSocialAccount); } declare type: BusinessSocialAccount }',
      ),
    },
    {
      name: 'import attributes',
      before: lines(
        `import { SocialAccount, CustomerReview } from 'canonical-models/models/social' with { mode: 'x' };`,
        `import { Booking } from 'canonical-models/models/booking';`,
        `import { Chef } from 'canonical-models/core' with { mode: 'x' };`,
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead' with { mode: 'x' };`,
        `import { CustomerReview } from 'canonical-models/feedback_marketing' with { mode: 'x' };`,
        `import { Booking } from 'canonical-models/core';`,
        `import { Chef } from 'canonical-models/core' with { mode: 'x' };`,
      ),
    },
    {
      name: 'a file that does not parse is left',
      before: lines(`import { Booking } from 'canonical-models/models/booking';`, 'const = 1;'),
      left: ['unparsed'],
    },
    {
      name: 'a file that does not parse below plain imports is left too',
      before: lines(`import { Booking } from 'canonical-models/models/booking';`, 'function ( {'),
      left: ['unparsed'],
    },
    {
      name: 'a script with syntax that modules forbid is read as a script',
      file: 'case.js',
      before: lines(
        `const { Booking } = require('canonical-models/models/booking');`,
        'if (!Booking) return;',
        'var octal = 010;',
      ),
      after: lines(
        `const { Booking } = require('canonical-models/core');`,
        'if (!Booking) return;',
        'var octal = 010;',
      ),
    },
  ]);

  test.each(['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'])('.%s', (extension) => {
    const source = `const { SocialAccount } = require('canonical-models/models/social');\nuse(SocialAccount);\n`;
    const { text } = codemod(source, { fileName: `case.${extension}`, map });
    expect(text).toBe(
      `const { BusinessSocialAccount } = require('canonical-models/lead');\nuse(BusinessSocialAccount);\n`,
    );
  });

  test('changes and left imports have the line and column of the old text', () => {
    const source = `\uFEFF'😀';\r\nimport { Booking, Draft } from 'canonical-models/models';\r\n  import('canonical-models/models/role').then(f);\r\n`;
    const { changes, left } = codemod(source, { fileName: 'case.ts', map });
    expect(changes).toEqual([
      { line: 2, column: 10, from: 'canonical-models/models#Booking', to: 'canonical-models/core#Booking' },
    ]);
    expect(left).toMatchObject([
      { line: 2, column: 19, from: 'canonical-models/models#Draft', reason: 'unknown-symbol' },
      { line: 3, column: 3, from: 'canonical-models/models/role', reason: 'whole-module' },
    ]);
  });
});
