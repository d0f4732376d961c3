import { describe } from 'vitest';
import { lines, testCases } from './cases.ts';

const social = 'canonical-models/models/social';

describe('decorators before export are read', () => {
  testCases([
    {
      name: 'a renamed import',
      before: lines(
        `import { SocialAccount } from '${social}';`,
        '@Module({ providers: [SocialAccount] })',
        'export class M {}',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        '@Module({ providers: [BusinessSocialAccount] })',
        'export class M {}',
      ),
    },
    {
      name: 'before export default, and several of them',
      before: lines(
        `import { SocialAccount, SocialThread } from '${social}';`,
        '@Entity(SocialAccount) @Module(() => SocialThread)',
        'export default class {}',
      ),
      after: lines(
        `import { BusinessSocialAccount, LeadSocialThread } from 'canonical-models/lead';`,
        '@Entity(BusinessSocialAccount) @Module(() => LeadSocialThread)',
        'export default class {}',
      ),
    },
    {
      name: 'a global of the new name is not captured',
      before: lines(
        `import { SocialAccount } from '${social}';`,
        'use(SocialAccount);',
        '@Listen(BusinessSocialAccount)',
        'export class M {}',
      ),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        'use(SocialAccount);',
        '@Listen(BusinessSocialAccount)',
        'export class M {}',
      ),
    },
    {
      name: 'a member of a namespace decides its module',
      before: lines(`import * as m from '${social}';`, '@D(m.CustomerReview)', 'export class M {}'),
      after: lines(
        `import * as m from 'canonical-models/feedback_marketing';`,
        '@D(m.CustomerReview)',
        'export class M {}',
      ),
    },
    {
      name: 'a namespace that is passed on is left',
      before: lines(`import * as m from '${social}';`, 'use(m.SocialAccount);', '@D(m)', 'export class M {}'),
      left: ['whole-module'],
    },
  ]);
});

describe('every statement counts for a namespace', () => {
  testCases([
    {
      name: 'a variable that a pattern takes from it is renamed in all statements',
      before: lines(
        `import * as social from '${social}';`,
        'const { SocialAccount } = social;',
        'console.log(typeof SocialAccount);',
      ),
      after: lines(
        `import * as social from 'canonical-models/lead';`,
        'const { BusinessSocialAccount } = social;',
        'console.log(typeof BusinessSocialAccount);',
      ),
    },
    ...[
      'export const names = Object.keys(all);',
      'export { all };',
      'export default all;',
      'register(all);',
      '@D(all) export class M {}',
    ].map((use) => ({
      name: `passed on through another variable: ${use}`,
      before: lines(`import * as social from '${social}';`, 'const all = social;', use),
      left: ['whole-module'] as const,
    })),
    {
      name: 'a member of another variable',
      before: lines(
        `import * as social from '${social}';`,
        'const all = social;',
        'foo(all.SocialThread);',
        'const { SocialAccount } = all;',
        'register(SocialAccount);',
      ),
      after: lines(
        `import * as social from 'canonical-models/lead';`,
        'const all = social;',
        'foo(all.LeadSocialThread);',
        'const { BusinessSocialAccount } = all;',
        'register(BusinessSocialAccount);',
      ),
    },
    {
      name: 'a variable under the new name, which only another statement has',
      before: lines(
        `import * as social from '${social}';`,
        'const { SocialAccount } = social;',
        'for (const BusinessSocialAccount of []) register(SocialAccount, BusinessSocialAccount);',
      ),
      after: lines(
        `import * as social from 'canonical-models/lead';`,
        'const { BusinessSocialAccount: SocialAccount } = social;',
        'for (const BusinessSocialAccount of []) register(SocialAccount, BusinessSocialAccount);',
      ),
    },
    ...[
      {
        name: 'used besides the module',
        uses: ['const held = social;', 'register(social.CustomerReview, held.SocialAccount);'],
      },
      {
        name: 'that nobody uses',
        uses: ['const held = social;', 'register(social.SocialAccount, social.CustomerReview);'],
      },
      {
        name: 'in a function',
        uses: ['function f() { const held = social; return held.SocialAccount; }', 'f(social.CustomerReview);'],
      },
      {
        name: 'in another variable',
        uses: ['const held = social, all = held;', 'register(all.CustomerReview, held.SocialAccount);'],
      },
    ].flatMap(({ name, uses }) =>
      [
        `import social = require('${social}');`,
        `import * as social from '${social}';`,
        `const social = require('${social}');`,
        `const social = await import('${social}');`,
      ].map((declaration) => ({
        name: `a variable that holds the module, ${name}: ${declaration}`,
        before: lines(declaration, ...uses),
        left: [declaration.startsWith('import social') ? ('whole-module' as const) : ('parts-ways' as const)],
      })),
    ),
    {
      name: 'a variable that holds the module, whose name is that of a new module',
      before: lines(
        `import lead = require('${social}');`,
        'const held = lead;',
        'register(lead.SocialAccount, held.CustomerReview);',
      ),
      left: ['whole-module'],
    },
    {
      name: 'a variable that holds the module and that nobody uses, of one module',
      before: lines(`import * as social from '${social}';`, 'const held = social;', 'register(social.SocialAccount);'),
      after: lines(
        `import * as social from 'canonical-models/lead';`,
        'const held = social;',
        'register(social.BusinessSocialAccount);',
      ),
    },
  ]);
});
