import { describe } from 'vitest';
import { lines, testCases } from './cases.ts';

describe('types', () => {
  testCases([
    {
      name: 'a declaration file with statements that stay, and edits that add some',
      file: 'globals.d.ts',
      before: lines(
        `/// <reference types="canonical-models/models/social" />`,
        `import type { SocialAccount } from 'canonical-models/models/social';`,
        'interface Own { id: string }',
        'declare global {',
        '  interface Window { account: SocialAccount }',
        '}',
        'export {};',
      ),
      after: lines(
        `/// <reference types="canonical-models/lead" />`,
        `/// <reference types="canonical-models/feedback_marketing" />`,
        `import type { BusinessSocialAccount } from 'canonical-models/lead';`,
        'interface Own { id: string }',
        'declare global {',
        '  interface Window { account: BusinessSocialAccount }',
        '}',
        'export {};',
      ),
    },
    {
      name: 'a declaration file whose import is split',
      file: 'globals.d.mts',
      before: lines(
        'interface Own { id: string }',
        `import type { SocialAccount, CustomerReview } from 'canonical-models/models/social';`,
        'export declare const own: [Own, SocialAccount, CustomerReview];',
      ),
      after: lines(
        'interface Own { id: string }',
        `import type { BusinessSocialAccount } from 'canonical-models/lead';`,
        `import type { CustomerReview } from 'canonical-models/feedback_marketing';`,
        'export declare const own: [Own, BusinessSocialAccount, CustomerReview];',
      ),
    },
    {
      name: 'import types',
      before: lines(
        `let one: import('canonical-models/models/social').SocialAccount;`,
        `let two: typeof import('canonical-models/models/social').SocialThread;`,
        `let three: (typeof import('canonical-models/models/social'))['SocialIdentity'];`,
        `let four: import('canonical-models/models/social').CustomerReview['rating'][];`,
      ),
      after: lines(
        `let one: import('canonical-models/lead').BusinessSocialAccount;`,
        `let two: typeof import('canonical-models/lead').LeadSocialThread;`,
        `let three: (typeof import('canonical-models/lead'))['CustomerSocialIdentity'];`,
        `let four: import('canonical-models/feedback_marketing').CustomerReview['rating'][];`,
      ),
    },
    {
      name: 'the type of a whole module moves if one module has all of its members under the same names',
      before: lines(
        `type Models = typeof import('canonical-models/models/booking');`,
        `let some: Pick<typeof import('canonical-models/models/lead'), 'Lead'>;`,
      ),
      after: lines(
        `type Models = typeof import('canonical-models/core');`,
        `let some: Pick<typeof import('canonical-models/lead'), 'Lead'>;`,
      ),
    },
    {
      name: 'it is left if members have new names or modules, or are listed',
      before: lines(
        `let social: typeof import('canonical-models/models/social');`,
        `let all: typeof import('canonical-models/models');`,
        `type Name = keyof typeof import('canonical-models/models/booking');`,
        `type Same = { [Name in keyof (typeof import('canonical-models/models/lead'))]: 1 };`,
      ),
      left: ['whole-module', 'whole-module', 'whole-module', 'whole-module'],
    },
    {
      name: 'it is left together with a module object that is left',
      before: lines(
        `const load = (): Promise<typeof import('canonical-models/models/booking')> => import('canonical-models/models/booking');`,
        `const lead: typeof import('canonical-models/models/lead') = await import('canonical-models/models/lead');`,
      ),
      left: ['kept-together', 'whole-module', 'whole-module', 'kept-together'],
    },
    {
      name: 'an augmentation of an imported module moves without an alias',
      before: lines(
        `import type { SocialAccount } from 'canonical-models/models/social';`,
        `declare module 'canonical-models/models/social' {`,
        `  namespace SocialAccount { type Public = Pick<SocialAccount, 'id'>; }`,
        '}',
        'let one: SocialAccount.Public;',
      ),
      after: lines(
        `import type { BusinessSocialAccount } from 'canonical-models/lead';`,
        `declare module 'canonical-models/lead' {`,
        `  namespace BusinessSocialAccount { type Public = Pick<BusinessSocialAccount, 'id'>; }`,
        '}',
        'let one: BusinessSocialAccount.Public;',
      ),
    },
    {
      name: 'one of another module keeps the alias, because the name may mean its members',
      before: lines(
        `import type { SocialAccount } from 'canonical-models/models/social';`,
        `declare module './views' { interface SocialAccount {} }`,
        `declare module './views' { interface View { of: SocialAccount } }`,
      ),
      after: lines(
        `import type { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        `declare module './views' { interface SocialAccount {} }`,
        `declare module './views' { interface View { of: SocialAccount } }`,
      ),
    },
    {
      name: 'a member that the map does not know is left',
      before: lines(`let draft: import('canonical-models/models/booking').Draft;`),
      left: ['unknown-symbol'],
    },
    {
      name: 'an augmentation follows with its members',
      before: lines(
        `declare module 'canonical-models/models/social' {`,
        '  interface SocialAccount { threads: SocialThread[]; parent?: SocialAccount; SocialThread: string }',
        '}',
      ),
      after: lines(
        `declare module 'canonical-models/lead' {`,
        '  interface BusinessSocialAccount { threads: LeadSocialThread[]; parent?: BusinessSocialAccount; SocialThread: string }',
        '}',
      ),
    },
    {
      name: 'an augmentation that the map cannot follow keeps what the file has of the module',
      before: lines(
        `import { Booking } from 'canonical-models/models/booking';`,
        `declare module 'canonical-models/models/booking' { interface Extras {} }`,
        `declare module 'canonical-models/models/social' { interface SocialAccount { review: CustomerReview } interface CustomerReview {} }`,
      ),
      left: ['kept-together', 'augmentation', 'augmentation'],
    },
    {
      name: 'a shorthand module declaration moves if its names stayed',
      file: 'case.d.ts',
      before: lines(`declare module 'canonical-models/models/booking';`),
      after: lines(`declare module 'canonical-models/core';`),
    },
    {
      name: 'triple-slash references',
      file: 'case.d.ts',
      before: lines(
        '/// <reference types="canonical-models/models/booking" />',
        `/// <reference types='canonical-models/models/social' preserve="true" />`,
        '/// see "canonical-models/models/booking"',
      ),
      after: lines(
        '/// <reference types="canonical-models/core" />',
        `/// <reference types='canonical-models/lead' preserve="true" />`,
        `/// <reference types='canonical-models/feedback_marketing' preserve="true" />`,
        '/// see "canonical-models/models/booking"',
      ),
    },
    {
      name: 'JSDoc types and imports',
      file: 'case.js',
      before: lines(
        `/** @typedef {import('canonical-models/models/social').SocialAccount} Account */`,
        `/** @type {typeof import('canonical-models/models/social').SocialThread} */`,
        `/** @type {(typeof import("canonical-models/models/social"))["SocialIdentity"]} */`,
        '/**',
        ' * @import { SocialAccount,',
        ` *   SocialThread as Thread } from 'canonical-models/models/social'`,
        ' */',
        `// import('canonical-models/models/social').SocialAccount`,
        `/** Once "canonical-models/models/booking", now another module. */`,
      ),
      after: lines(
        `/** @typedef {import('canonical-models/lead').BusinessSocialAccount} Account */`,
        `/** @type {typeof import('canonical-models/lead').LeadSocialThread} */`,
        `/** @type {(typeof import("canonical-models/lead"))["CustomerSocialIdentity"]} */`,
        '/**',
        ' * @import { BusinessSocialAccount as SocialAccount,',
        ` *   LeadSocialThread as Thread } from 'canonical-models/lead'`,
        ' */',
        `// import('canonical-models/models/social').SocialAccount`,
        `/** Once "canonical-models/models/booking", now another module. */`,
      ),
    },
    {
      name: 'the type of a whole module in JSDoc',
      file: 'case.js',
      before: lines(
        `/** @type {Partial<typeof import('canonical-models/models/booking')>} */`,
        `/** @type {typeof import('canonical-models/models/lead')} */`,
        `export const models = await import('canonical-models/models/lead');`,
        `use(await import('canonical-models/models/lead'));`,
      ),
      after: lines(
        `/** @type {Partial<typeof import('canonical-models/core')>} */`,
        `/** @type {typeof import('canonical-models/models/lead')} */`,
        `export const models = await import('canonical-models/lead');`,
        `use(await import('canonical-models/models/lead'));`,
      ),
      left: ['kept-together', 'whole-module'],
    },
    {
      name: 'JSDoc that cannot move is left',
      file: 'case.js',
      before: lines(
        `/** @type {typeof import('canonical-models/models/social')} */`,
        `/** @type {keyof typeof import('canonical-models/models/lead')} */`,
        `/** @import * as booking from 'canonical-models/models/booking' */`,
        `/** @import { SocialAccount, CustomerReview } from 'canonical-models/models/social' */`,
        `/** @typedef {import('canonical-models/models/booking').Draft} Draft */`,
      ),
      left: ['whole-module', 'whole-module', 'whole-module', 'parts-ways', 'unknown-symbol'],
    },
  ]);
});
