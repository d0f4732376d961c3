import { describe } from 'vitest';
import { lines, testCases } from './cases.ts';

describe('import()', () => {
  testCases([
    {
      name: 'awaited, with a member',
      before: lines(`use((await import('canonical-models/models/social')).SocialAccount);`),
      after: lines(`use((await import('canonical-models/lead')).BusinessSocialAccount);`),
    },
    {
      name: 'destructured: the variable is renamed as an import is',
      before: lines(
        `const { SocialAccount, SocialThread: Thread } = await import('canonical-models/models/social');`,
        'use(SocialAccount, Thread, { SocialAccount });',
      ),
      after: lines(
        `const { BusinessSocialAccount, LeadSocialThread: Thread } = await import('canonical-models/lead');`,
        'use(BusinessSocialAccount, Thread, { SocialAccount: BusinessSocialAccount });',
      ),
    },
    {
      name: 'awaited, with the type of its module: both move, and are split',
      before: lines(
        `const { Booking, Lead } = (await import('canonical-models/models')) as typeof import('canonical-models/models');`,
        'use(Booking, Lead);',
      ),
      after: lines(
        `const { Booking } = (await import('canonical-models/core')) as typeof import('canonical-models/core');`,
        `const { Lead } = (await import('canonical-models/lead')) as typeof import('canonical-models/lead');`,
        'use(Booking, Lead);',
      ),
    },
    {
      name: 'destructured and exported: the variable keeps its name',
      before: lines(`export const { SocialAccount } = await import('canonical-models/models/social');`),
      after: lines(`export const { BusinessSocialAccount: SocialAccount } = await import('canonical-models/lead');`),
    },
    {
      name: 'destructured with a default: the variable keeps its name',
      before: lines(`const { SocialAccount = 1 } = await import('canonical-models/models/social');`),
      after: lines(`const { BusinessSocialAccount: SocialAccount = 1 } = await import('canonical-models/lead');`),
    },
    {
      name: 'destructured into existing variables',
      before: lines(
        'let SocialAccount;',
        `({ SocialAccount, SocialThread: this.thread } = await import('canonical-models/models/social'));`,
      ),
      after: lines(
        'let SocialAccount;',
        `({ BusinessSocialAccount: SocialAccount, LeadSocialThread: this.thread } = await import('canonical-models/lead'));`,
      ),
    },
    {
      name: 'split if the members went to several modules',
      before: lines(
        'async function load() {',
        `  const { Booking, SocialAccount, Lead } = await import('canonical-models/models');`,
        '  return [Booking, SocialAccount, Lead];',
        '}',
      ),
      after: lines(
        'async function load() {',
        `  const { Booking } = await import('canonical-models/core');`,
        `  const { BusinessSocialAccount, Lead } = await import('canonical-models/lead');`,
        '  return [Booking, BusinessSocialAccount, Lead];',
        '}',
      ),
    },
    {
      name: 'split within a declaration of several variables',
      before: lines(`const one = 1, { Booking, Lead } = await import('canonical-models/models'), two = 2;`),
      after: lines(
        `const one = 1, { Booking } = await import('canonical-models/core'), { Lead } = await import('canonical-models/lead'), two = 2;`,
      ),
    },
    {
      name: 'in a constant, used by its members',
      before: lines(
        `const social = await import('canonical-models/models/social');`,
        `use(social.SocialAccount, social['SocialThread']);`,
      ),
      after: lines(
        `const social = await import('canonical-models/lead');`,
        `use(social.BusinessSocialAccount, social['LeadSocialThread']);`,
      ),
    },
    {
      name: 'in a constant whose members went to several modules',
      before: lines(
        `const models = await import('canonical-models/models');`,
        'use(models.Booking, models.Lead, models.Booking);',
      ),
      after: lines(
        `const { Booking } = await import('canonical-models/core');`,
        `const { Lead } = await import('canonical-models/lead');`,
        'use(Booking, Lead, Booking);',
      ),
    },
    {
      name: 'with then',
      before: lines(
        `import('canonical-models/models/social').then(({ SocialAccount }) => use(SocialAccount), fail);`,
        `import('canonical-models/models/social').then((m) => m.SocialThread);`,
        `import('canonical-models/models/social').then(async function (m) { return m.SocialIdentity; });`,
        `import('canonical-models/models/booking').then(() => use());`,
      ),
      after: lines(
        `import('canonical-models/lead').then(({ BusinessSocialAccount }) => use(BusinessSocialAccount), fail);`,
        `import('canonical-models/lead').then((m) => m.LeadSocialThread);`,
        `import('canonical-models/lead').then(async function (m) { return m.CustomerSocialIdentity; });`,
        `import('canonical-models/core').then(() => use());`,
      ),
    },
    {
      name: 'in Promise.all',
      before: lines(
        `const [{ Booking }, social] = await Promise.all([`,
        `  import('canonical-models/models/booking'),`,
        `  import('canonical-models/models/social'),`,
        ']);',
        'use(Booking, social.SocialAccount);',
      ),
      after: lines(
        `const [{ Booking }, social] = await Promise.all([`,
        `  import('canonical-models/core'),`,
        `  import('canonical-models/lead'),`,
        ']);',
        'use(Booking, social.BusinessSocialAccount);',
      ),
    },
    {
      name: 'for its side effects',
      before: lines(
        `await import('canonical-models/models/social');`,
        `void import('canonical-models/models/booking');`,
        'import(`canonical-models/models/booking`);',
      ),
      after: lines(
        `await import('canonical-models/lead');`,
        `await import('canonical-models/feedback_marketing');`,
        `void import('canonical-models/core');`,
        'import(`canonical-models/core`);',
      ),
    },
    {
      name: 'passed on, it is left',
      before: lines(
        `export const load = () => import('canonical-models/models/booking');`,
        `const { Booking, ...others } = await import('canonical-models/models/booking');`,
        `export const models = await import('canonical-models/models/social');`,
        `for (const name in await import('canonical-models/models/social')) use(name);`,
      ),
      left: ['whole-module', 'whole-module', 'whole-module', 'whole-module'],
    },
    {
      name: 'in one expression whose members went to several modules, it is left',
      before: lines(`import('canonical-models/models').then((m) => [m.Booking, m.Lead]);`),
      left: ['parts-ways'],
    },
    {
      name: 'a computed path is left',
      before: lines(
        'await import(`canonical-models/models/${name}`);',
        `require('canonical-models/core/auth/' + name);`,
        'log(`canonical-models/models/${name} was loaded`);',
      ),
      left: ['computed-path', 'computed-path'],
    },
    {
      name: 'a string with the path of an old module is reported, a sentence with it is not',
      before: lines(
        `const path = 'canonical-models/models/booking';`,
        `throw new Error('use "canonical-models/models/booking"');`,
      ),
      left: ['text'],
    },
  ]);
});

describe('require()', () => {
  testCases([
    {
      name: 'destructured and split',
      file: 'case.cjs',
      before: lines(
        `const { SocialAccount, CustomerReview: Review } = require('canonical-models/models/social');`,
        'module.exports = { SocialAccount, Review };',
      ),
      after: lines(
        `const { BusinessSocialAccount } = require('canonical-models/lead');`,
        `const { CustomerReview: Review } = require('canonical-models/feedback_marketing');`,
        'module.exports = { SocialAccount: BusinessSocialAccount, Review };',
      ),
    },
    {
      name: 'with a member, and for its side effects',
      file: 'case.js',
      before: lines(
        `const Account = require('canonical-models/models/social').SocialAccount;`,
        `require('canonical-models/models/booking');`,
        `require.resolve('canonical-models/models/booking');`,
      ),
      after: lines(
        `const Account = require('canonical-models/lead').BusinessSocialAccount;`,
        `require('canonical-models/core');`,
        `require.resolve('canonical-models/core');`,
      ),
    },
    {
      name: 'with the type of its module: both move',
      file: 'case.cts',
      before: lines(
        `const { RoleType } = require('canonical-models/models/role') as typeof import('canonical-models/models/role');`,
        `const { SocialAccount } = <typeof import('canonical-models/models/social')>require('canonical-models/models/social');`,
        `const social = require('canonical-models/models/social') as typeof import('canonical-models/models/social');`,
        'use(RoleType.enumValues, SocialAccount, social.SocialThread);',
        `use((require('canonical-models/models/social') as typeof import('canonical-models/models/social')).CustomerReview);`,
      ),
      after: lines(
        `const { RoleType } = require('canonical-models/identity') as typeof import('canonical-models/identity');`,
        `const { BusinessSocialAccount } = <typeof import('canonical-models/lead')>require('canonical-models/lead');`,
        `const social = require('canonical-models/lead') as typeof import('canonical-models/lead');`,
        'use(RoleType.enumValues, BusinessSocialAccount, social.LeadSocialThread);',
        `use((require('canonical-models/feedback_marketing') as typeof import('canonical-models/feedback_marketing')).CustomerReview);`,
      ),
    },
    {
      name: 'with the type of its module, split',
      file: 'case.cts',
      before: lines(
        'const { SocialAccount, CustomerReview } =',
        `  require('canonical-models/models/social') as typeof import('canonical-models/models/social');`,
        'use(SocialAccount, CustomerReview);',
      ),
      after: lines(
        `const { BusinessSocialAccount } = require('canonical-models/lead') as typeof import('canonical-models/lead');`,
        `const { CustomerReview } = require('canonical-models/feedback_marketing') as typeof import('canonical-models/feedback_marketing');`,
        'use(BusinessSocialAccount, CustomerReview);',
      ),
    },
    {
      name: 'with the type of its module, passed on: both are left',
      file: 'case.cts',
      before: lines(
        `use(require('canonical-models/models/role') as typeof import('canonical-models/models/role'));`,
        `use(require('canonical-models/models/lead') as unknown as typeof import('canonical-models/models/lead'));`,
      ),
      left: ['whole-module', 'whole-module', 'kept-together'],
    },
    {
      name: 'made by createRequire',
      file: 'case.mjs',
      before: lines(
        `import { createRequire } from 'node:module';`,
        'const require = createRequire(import.meta.url);',
        `const { SocialAccount } = require('canonical-models/models/social');`,
      ),
      after: lines(
        `import { createRequire } from 'node:module';`,
        'const require = createRequire(import.meta.url);',
        `const { BusinessSocialAccount } = require('canonical-models/lead');`,
      ),
    },
    {
      name: 'another function of that name is ignored',
      file: 'case.js',
      before: lines(`function load(require) { return require('canonical-models/models/booking').Booking; }`),
      left: ['text'],
    },
    {
      name: 'a constant in a script keeps its name',
      file: 'case.cjs',
      before: lines(
        `'use strict'`,
        `const booking = require('canonical-models/models/booking')`,
        'if (!booking.Booking) return',
        'with (booking.Booking) {}',
      ).replace(`'use strict'\n`, ''),
      left: ['whole-module'],
    },
    {
      name: 'semicolons that belong to the next line stay there',
      file: 'case.cjs',
      before: lines(
        `const { SocialAccount, CustomerReview } = require('canonical-models/models/social')`,
        ';[SocialAccount, CustomerReview].forEach(use)',
      ),
      after: lines(
        `const { BusinessSocialAccount } = require('canonical-models/lead')`,
        `const { CustomerReview } = require('canonical-models/feedback_marketing')`,
        ';[BusinessSocialAccount, CustomerReview].forEach(use)',
      ),
    },
  ]);
});
