import { describe } from 'vitest';
import { lines, testCases } from './cases.ts';

describe('imports', () => {
  testCases([
    {
      name: 'a symbol that kept its name changes only its module',
      before: lines(`import { Booking } from 'canonical-models/models/booking';`, 'use(Booking);'),
      after: lines(`import { Booking } from 'canonical-models/core';`, 'use(Booking);'),
    },
    {
      name: 'a symbol with a new name is renamed wherever it is used',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'db.select().from(SocialAccount).where(eq(SocialAccount.id, id));',
        'const row: SocialAccount = find<SocialAccount>(SocialAccount as typeof SocialAccount);',
        'class Store<T extends SocialAccount = SocialAccount> extends SocialAccount implements SocialAccount {}',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'db.select().from(BusinessSocialAccount).where(eq(BusinessSocialAccount.id, id));',
        'const row: BusinessSocialAccount = find<BusinessSocialAccount>(BusinessSocialAccount as typeof BusinessSocialAccount);',
        'class Store<T extends BusinessSocialAccount = BusinessSocialAccount> extends BusinessSocialAccount implements BusinessSocialAccount {}',
      ),
    },
    {
      name: 'shadowing names, keys, strings, comments, labels and members stay',
      before: lines(
        `import { SocialThread } from 'canonical-models/models/social';`,
        'function one(SocialThread: string) { return SocialThread; }',
        'for (const SocialThread of []) SocialThread;',
        'try {} catch (SocialThread) { SocialThread; }',
        'const two = <SocialThread>(a: SocialThread) => a;',
        'type Element<T> = T extends (infer SocialThread)[] ? SocialThread : never;',
        'SocialThread: for (;;) break SocialThread;',
        `// SocialThread, 'SocialThread' and \`SocialThread\``,
        `row.SocialThread = { SocialThread: 1, 'SocialThread': 2, SocialThread() {} };`,
        'class Three { SocialThread = 1; static SocialThread() { this.SocialThread; } }',
        'interface Four { SocialThread: string; SocialThread(): void }',
        'export const five = SocialThread;',
      ),
      after: lines(
        `import { LeadSocialThread } from 'canonical-models/lead';`,
        'function one(SocialThread: string) { return SocialThread; }',
        'for (const SocialThread of []) SocialThread;',
        'try {} catch (SocialThread) { SocialThread; }',
        'const two = <SocialThread>(a: SocialThread) => a;',
        'type Element<T> = T extends (infer SocialThread)[] ? SocialThread : never;',
        'SocialThread: for (;;) break SocialThread;',
        `// SocialThread, 'SocialThread' and \`SocialThread\``,
        `row.SocialThread = { SocialThread: 1, 'SocialThread': 2, SocialThread() {} };`,
        'class Three { SocialThread = 1; static SocialThread() { this.SocialThread; } }',
        'interface Four { SocialThread: string; SocialThread(): void }',
        'export const five = LeadSocialThread;',
      ),
    },
    {
      name: 'keys and exports keep the old name',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'export const tables = { SocialAccount, other: { SocialAccount } };',
        'export { SocialAccount, SocialAccount as Account };',
        'export type { SocialAccount as Row };',
        'export default SocialAccount;',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'export const tables = { SocialAccount: BusinessSocialAccount, other: { SocialAccount: BusinessSocialAccount } };',
        'export { BusinessSocialAccount as SocialAccount, BusinessSocialAccount as Account };',
        'export type { BusinessSocialAccount as Row };',
        'export default BusinessSocialAccount;',
      ),
    },
    {
      name: 'an alias to the new name becomes a shorthand',
      before: lines(
        `import { SocialAccount as BusinessSocialAccount } from 'canonical-models/models/social';`,
        `import { SocialThread } from 'canonical-models/models/social';`,
        'export { SocialThread as LeadSocialThread };',
        'use({ LeadSocialThread: SocialThread, BusinessSocialAccount });',
      ),
      after: lines(
        `import { BusinessSocialAccount, LeadSocialThread } from 'canonical-models/lead';`,
        'export { LeadSocialThread };',
        'use({ LeadSocialThread, BusinessSocialAccount });',
      ),
    },
    {
      name: 'a local alias stays',
      before: lines(`import { SocialAccount as Account } from 'canonical-models/models/social';`, 'use(Account);'),
      after: lines(`import { BusinessSocialAccount as Account } from 'canonical-models/lead';`, 'use(Account);'),
    },
    {
      name: 'a name in quotes is a name',
      before: lines(`import { 'SocialAccount' as Account } from 'canonical-models/models/social';`),
      after: lines(`import { BusinessSocialAccount as Account } from 'canonical-models/lead';`),
    },
    {
      name: 'JSX tags follow, JSX text and attributes stay',
      file: 'case.tsx',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'const view = <SocialAccount SocialAccount="SocialAccount">SocialAccount<SocialAccount.Row /></SocialAccount>;',
        'const list = <List<SocialAccount> of={SocialAccount} />;',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'const view = <BusinessSocialAccount SocialAccount="SocialAccount">SocialAccount<BusinessSocialAccount.Row /></BusinessSocialAccount>;',
        'const list = <List<BusinessSocialAccount> of={BusinessSocialAccount} />;',
      ),
    },
    {
      name: 'an old path with an extension or /index is the same module',
      before: lines(
        `import { Booking } from 'canonical-models/models/booking.js';`,
        `import { Lead } from 'canonical-models/models/index.js';`,
      ),
      after: lines(`import { Booking } from 'canonical-models/core';`, `import { Lead } from 'canonical-models/lead';`),
    },
    {
      name: 'kept paths, new paths and other modules stay',
      before: lines(
        `import { CustomerReviewBlogPost } from 'canonical-models/models/review';`,
        `import { PricingTier } from 'canonical-models/models/knowledge_base';`,
        `import { Booking } from 'canonical-models/core';`,
        `import { SocialAccount } from './social.js';`,
        `import { Customer } from 'canonical-models/models/customers';`,
      ),
    },
  ]);
});

describe('clashes', () => {
  testCases([
    {
      name: 'a new name that the file has already is imported under the old one',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'const BusinessSocialAccount = 1;',
        'use(SocialAccount, BusinessSocialAccount);',
      ),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        'const BusinessSocialAccount = 1;',
        'use(SocialAccount, BusinessSocialAccount);',
      ),
    },
    {
      name: 'so is one that a scope around a use declares, even as a type',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'function map<BusinessSocialAccount>(a: BusinessSocialAccount) { return [a, SocialAccount]; }',
      ),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        'function map<BusinessSocialAccount>(a: BusinessSocialAccount) { return [a, SocialAccount]; }',
      ),
    },
    {
      name: 'so is one that is a global',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'use(SocialAccount, BusinessSocialAccount);',
      ),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        'use(SocialAccount, BusinessSocialAccount);',
      ),
    },
    {
      name: 'a scope with the new name but without a use does not clash',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'function other(BusinessSocialAccount: number) { return BusinessSocialAccount; }',
        'use(SocialAccount);',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'function other(BusinessSocialAccount: number) { return BusinessSocialAccount; }',
        'use(BusinessSocialAccount);',
      ),
    },
    {
      name: 'blocks of one namespace see each other',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        'namespace Views { export const BusinessSocialAccount = 1; }',
        'namespace Views { use(SocialAccount, BusinessSocialAccount); }',
      ),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        'namespace Views { export const BusinessSocialAccount = 1; }',
        'namespace Views { use(SocialAccount, BusinessSocialAccount); }',
      ),
    },
    {
      name: 'members of a single-block namespace and of an enum are their own',
      before: lines(
        `import { SocialThread, SocialAccount } from 'canonical-models/models/social';`,
        `namespace Labels { export const SocialThread = 'Conversation'; use(SocialThread, SocialAccount); }`,
        'enum Kind { SocialAccount = 1, Other = SocialAccount + 1, BusinessSocialAccount }',
        'use(SocialThread, SocialAccount, Labels.SocialThread, Kind.SocialAccount);',
      ),
      after: lines(
        `import { LeadSocialThread, BusinessSocialAccount } from 'canonical-models/lead';`,
        `namespace Labels { export const SocialThread = 'Conversation'; use(SocialThread, BusinessSocialAccount); }`,
        'enum Kind { SocialAccount = 1, Other = SocialAccount + 1, BusinessSocialAccount }',
        'use(LeadSocialThread, BusinessSocialAccount, Labels.SocialThread, Kind.SocialAccount);',
      ),
    },
    {
      name: 'blocks see each other through dotted names, and those of other files',
      before: lines(
        `import { SocialThread, SocialAccount } from 'canonical-models/models/social';`,
        'namespace Views { export const SocialThread = 1; }',
        'namespace Views.Inner { use(SocialThread, SocialAccount); }',
        'declare global { interface SocialAccount {} }',
      ),
      after: lines(
        `import { LeadSocialThread as SocialThread, BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        'namespace Views { export const SocialThread = 1; }',
        'namespace Views.Inner { use(SocialThread, SocialAccount); }',
        'declare global { interface SocialAccount {} }',
      ).replace(/\{ (.*?), (.*?) \}/, '{\n  $1,\n  $2,\n}'),
    },
    {
      name: 'names stay if eval may look them up',
      before: lines(`import { SocialAccount } from 'canonical-models/models/social';`, `eval('SocialAccount');`),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        `eval('SocialAccount');`,
      ),
    },
    {
      name: 'in JavaScript, a name that a JSDoc type may mean stays',
      file: 'case.js',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        '/** @param {SocialAccount} account */',
        'export function save(account) { return SocialAccount; }',
      ),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        '/** @param {SocialAccount} account */',
        'export function save(account) { return SocialAccount; }',
      ),
    },
    {
      name: 'a member of something else, or a name in quotes, does not count',
      file: 'case.js',
      before: lines(
        `import { SocialAccount, SocialThread } from 'canonical-models/models/social';`,
        `/** @typedef {import('canonical-models/models/social').SocialAccount} Account */`,
        `/** @typedef {import('canonical-models/models/social')['SocialAccount']} Same */`,
        `/** @param {...SocialThread} threads */`,
        'export const use = (...threads) => [SocialAccount, SocialThread, threads];',
      ),
      after: lines(
        `import { BusinessSocialAccount, LeadSocialThread as SocialThread } from 'canonical-models/lead';`,
        `/** @typedef {import('canonical-models/lead').BusinessSocialAccount} Account */`,
        `/** @typedef {import('canonical-models/lead')['BusinessSocialAccount']} Same */`,
        `/** @param {...SocialThread} threads */`,
        'export const use = (...threads) => [BusinessSocialAccount, SocialThread, threads];',
      ).replace(/\{ (Business.*?), (.*?) \}/, '{\n  $1,\n  $2,\n}'),
    },
    {
      name: 'two old names of one symbol stay two',
      before: lines(
        `import { UserStationAssignment } from 'canonical-models/core/auth/station_models';`,
        `import { StationUser } from 'canonical-models/core/auth/models';`,
        'use(UserStationAssignment, StationUser);',
      ),
      left: ['become-one', 'become-one'],
    },
    {
      name: 'but a value does not share an import type',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        `import type { BusinessSocialAccount } from 'canonical-models/lead';`,
        'use(SocialAccount as BusinessSocialAccount);',
      ),
      after: lines(
        `import { BusinessSocialAccount as SocialAccount } from 'canonical-models/lead';`,
        `import type { BusinessSocialAccount } from 'canonical-models/lead';`,
        'use(SocialAccount as BusinessSocialAccount);',
      ),
    },
  ]);
});

describe('splitting and merging', () => {
  testCases([
    {
      name: 'symbols that went to several modules become several imports in place of one',
      before: lines(
        `import fs from 'node:fs';`,
        `import { SocialAccount, CustomerReview, SocialThread } from 'canonical-models/models/social';`,
        `import path from 'node:path';`,
      ),
      after: lines(
        `import fs from 'node:fs';`,
        `import { BusinessSocialAccount, LeadSocialThread } from 'canonical-models/lead';`,
        `import { CustomerReview } from 'canonical-models/feedback_marketing';`,
        `import path from 'node:path';`,
      ),
    },
    {
      name: 'an existing import takes the symbols',
      before: lines(
        `import { Chef } from 'canonical-models/core';`,
        `import { Booking as Reservation } from 'canonical-models/models/booking';`,
        `import { Customer } from 'canonical-models/models/customer';`,
      ),
      after: lines(`import { Chef, Booking as Reservation, Customer } from 'canonical-models/core';`),
    },
    {
      name: 'so does one further below',
      before: lines(
        `import { Booking } from 'canonical-models/models/booking';`,
        '',
        'import {',
        '  Chef,',
        '  Message, // the last one',
        `} from 'canonical-models/core';`,
      ),
      after: lines(
        'import {',
        '  Chef,',
        '  Message, // the last one',
        '  Booking,',
        `} from 'canonical-models/core';`,
      ),
    },
    {
      name: 'types and values stay apart',
      before: lines(
        `import { Chef } from 'canonical-models/core';`,
        `import type { Booking } from 'canonical-models/models/booking';`,
        `import { type Customer } from 'canonical-models/models/customer';`,
      ),
      after: lines(
        `import { Chef, type Customer } from 'canonical-models/core';`,
        `import type { Booking } from 'canonical-models/core';`,
      ),
    },
    {
      name: 'types that are separated from values get an import type',
      before: lines(`import { Booking, type Lead, type LeadStatus } from 'canonical-models/models';`),
      after: lines(
        `import { Booking } from 'canonical-models/core';`,
        `import type { Lead, LeadStatus } from 'canonical-models/lead';`,
      ),
    },
    {
      name: 'so do types that come first; in an import type they stay',
      before: lines(
        `import { type Booking, Lead } from 'canonical-models/models';`,
        `export { type Customer, Campaign } from 'canonical-models/models';`,
        `import { type CallRecording, type RecordingType } from 'canonical-models/models/call_recording';`,
      ),
      after: lines(
        `import type { Booking } from 'canonical-models/core';`,
        `import { Lead } from 'canonical-models/lead';`,
        `export type { Customer } from 'canonical-models/core';`,
        `export { Campaign } from 'canonical-models/newsletter';`,
        `import { type CallRecording, type RecordingType } from 'canonical-models/support_communications';`,
      ),
    },
    {
      name: 'import types are split and merged among themselves',
      before: lines(
        `import type { Booking, Lead } from 'canonical-models/models';`,
        `import type { Customer } from 'canonical-models/models/customer';`,
      ),
      after: lines(
        `import type { Booking, Customer } from 'canonical-models/core';`,
        `import type { Lead } from 'canonical-models/lead';`,
      ),
    },
    {
      name: 'a comment on an import keeps the import in its place',
      before: lines(
        '// Models',
        `import { Booking } from 'canonical-models/models/booking';`,
        '// The customer, for its tier',
        `import { Customer } from 'canonical-models/models/customer';`,
        `import { Lead } from 'canonical-models/models/lead'; // the whole funnel`,
        `import { SocialAccount } from 'canonical-models/models/social';`,
      ),
      after: lines(
        '// Models',
        `import { Booking } from 'canonical-models/core';`,
        '// The customer, for its tier',
        `import { Customer } from 'canonical-models/core';`,
        `import { Lead, BusinessSocialAccount } from 'canonical-models/lead'; // the whole funnel`,
      ),
    },
    {
      name: 'comments among the names stay',
      before: lines(
        'import {',
        '  SocialAccount, // of the business',
        '  // rated by customers',
        '  CustomerReview,',
        '  SocialThread,',
        `} from 'canonical-models/models/social';`,
      ),
      after: lines(
        'import {',
        '  BusinessSocialAccount, // of the business',
        '  // rated by customers',
        '  LeadSocialThread,',
        `} from 'canonical-models/lead';`,
        `import { CustomerReview } from 'canonical-models/feedback_marketing';`,
      ),
    },
    {
      name: 'a list that no longer needs several lines becomes one line',
      before: lines(
        'import {',
        '  SocialAccount,',
        '  SocialIdentity,',
        '  CustomerReview,',
        '  DiscountCoupon,',
        `} from 'canonical-models/models/social';`,
      ),
      after: lines(
        'import {',
        '  BusinessSocialAccount,',
        '  CustomerSocialIdentity,',
        `} from 'canonical-models/lead';`,
        'import {',
        '  CustomerReview,',
        '  DiscountCoupon,',
        `} from 'canonical-models/feedback_marketing';`,
      ),
    },
    {
      name: 'a list that no longer fits its line becomes several lines',
      before: lines(
        `import { Campaign, CampaignChannel, CampaignEvent } from 'canonical-models/newsletter';`,
        `import { Subscriber, CampaignStatus } from 'canonical-models/models/newsletter';`,
      ),
      after: lines(
        'import {',
        '  Campaign,',
        '  CampaignChannel,',
        '  CampaignEvent,',
        '  Subscriber,',
        '  CampaignStatus,',
        `} from 'canonical-models/newsletter';`,
      ),
    },
    {
      name: 'a list with longer names that outgrows its line becomes several lines, a list of one name does not',
      before: lines(
        `import { SocialAccount, SocialIdentity } from 'canonical-models/models/social';`,
        `import { CallRecording as OneCall } from 'canonical-models/models/call_recording';`,
        `export { SocialAccount, SocialThread } from 'canonical-models/models/social';`,
      ),
      after: lines(
        'import {',
        '  BusinessSocialAccount,',
        '  CustomerSocialIdentity,',
        `} from 'canonical-models/lead';`,
        `import { CallRecording as OneCall } from 'canonical-models/support_communications';`,
        'export {',
        '  BusinessSocialAccount as SocialAccount,',
        '  LeadSocialThread as SocialThread,',
        `} from 'canonical-models/lead';`,
      ),
    },
    {
      name: 'the line width is that of code that could have been broken',
      before: lines(
        `import { SocialAccount, SocialIdentity } from 'canonical-models/models/social';`,
        'const total = (all: readonly number[], first: number): number => all.slice(first).reduce(add);',
      ),
      after: lines(
        `import { BusinessSocialAccount, CustomerSocialIdentity } from 'canonical-models/lead';`,
        'const total = (all: readonly number[], first: number): number => all.slice(first).reduce(add);',
      ),
    },
    {
      name: 'comments, strings and imports of one name do not count for the line width',
      before: lines(
        `import { SocialAccount, SocialIdentity } from 'canonical-models/models/social';`,
        `import { somethingWithALongName as something } from './a-folder/another-folder/a-module.js';`,
        '// A comment is as long as the one who wrote it wanted it, for no formatter breaks a comment up.',
        `throw new Error('so is a string, which is left on a line of its own where it is too long for it');`,
      ),
      after: lines(
        'import {',
        '  BusinessSocialAccount,',
        '  CustomerSocialIdentity,',
        `} from 'canonical-models/lead';`,
        `import { somethingWithALongName as something } from './a-folder/another-folder/a-module.js';`,
        '// A comment is as long as the one who wrote it wanted it, for no formatter breaks a comment up.',
        `throw new Error('so is a string, which is left on a line of its own where it is too long for it');`,
      ),
    },
    {
      name: 'a declaration that was already too long stays on its line',
      before: lines(
        `export { SocialAccount as Account, SocialIdentity as Identity, SocialThread as Thread } from 'canonical-models/models/social';`,
      ),
      after: lines(
        `export { BusinessSocialAccount as Account, CustomerSocialIdentity as Identity, LeadSocialThread as Thread } from 'canonical-models/lead';`,
      ),
    },
    {
      name: 'only names that the map does not know stay',
      before: lines(`import { Booking, BookingDraft } from 'canonical-models/models/booking';`),
      after: lines(
        `import { BookingDraft } from 'canonical-models/models/booking';`,
        `import { Booking } from 'canonical-models/core';`,
      ),
      left: ['unknown-symbol'],
    },
    {
      name: 'a default import is not known to the map of the package',
      before: lines(`import models, { Booking } from 'canonical-models/models';`),
      after: lines(`import models from 'canonical-models/models';`, `import { Booking } from 'canonical-models/core';`),
      left: ['unknown-symbol'],
    },
    {
      name: 'several imports on a line stay on it',
      before: lines(
        `import 'x'; import { Booking } from 'canonical-models/models/booking'; import { Customer } from 'canonical-models/models/customer'; go()`,
      ),
      after: lines(`import 'x'; import { Booking, Customer } from 'canonical-models/core'; go()`),
    },
    {
      name: 'a semicolon before a statement stays there',
      before: lines(
        `import { Booking } from 'canonical-models/models/booking'`,
        `import { Customer } from 'canonical-models/models/customer'`,
        ';[Booking, Customer].forEach(use)',
      ),
      after: lines(`import { Booking, Customer } from 'canonical-models/core'`, ';[Booking, Customer].forEach(use)'),
    },
    {
      name: 'statements that an import keeps apart stay apart',
      before: lines(
        `import { Booking } from 'canonical-models/models/booking'`,
        'const a = b',
        `import { Customer } from 'canonical-models/models/customer'`,
        '(go)(Booking, Customer)',
      ),
      after: lines(
        `import { Booking } from 'canonical-models/core'`,
        'const a = b',
        `import { Customer } from 'canonical-models/core'`,
        '(go)(Booking, Customer)',
      ),
    },
  ]);
});

describe('side effects', () => {
  testCases([
    {
      name: 'an import without names loads all new modules',
      before: lines(`import 'canonical-models/models/booking';`, `import 'canonical-models/models/social';`),
      after: lines(
        `import 'canonical-models/core';`,
        `import 'canonical-models/lead';`,
        `import 'canonical-models/feedback_marketing';`,
      ),
    },
    {
      name: 'with empty braces too',
      before: lines(`import {} from "canonical-models/models/booking"`),
      after: lines(`import {} from "canonical-models/core"`),
    },
  ]);
});

describe('namespaces', () => {
  testCases([
    {
      name: 'a namespace whose used members went to one module keeps its name',
      before: lines(
        `import * as social from 'canonical-models/models/social';`,
        `use(social.SocialAccount, social['SocialThread'], social?.SocialIdentity);`,
        `type Row = social.SocialAccount | typeof social.SocialThread | (typeof social)['SocialIdentity'];`,
        'const { SocialAccount, SocialThread: thread } = social;',
        'import Account = social.SocialAccount;',
      ),
      after: lines(
        `import * as social from 'canonical-models/lead';`,
        `use(social.BusinessSocialAccount, social['LeadSocialThread'], social?.CustomerSocialIdentity);`,
        `type Row = social.BusinessSocialAccount | typeof social.LeadSocialThread | (typeof social)['CustomerSocialIdentity'];`,
        'const { BusinessSocialAccount, LeadSocialThread: thread } = social;',
        'import Account = social.BusinessSocialAccount;',
      ),
    },
    {
      name: 'members that went to several modules become named imports',
      before: lines(
        `import * as models from 'canonical-models/models';`,
        'use(models.Booking, models.SocialAccount);',
        'const row: models.Booking = models.Booking;',
      ),
      after: lines(
        `import { Booking } from 'canonical-models/core';`,
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'use(Booking, BusinessSocialAccount);',
        'const row: Booking = Booking;',
      ),
    },
    {
      name: 'named after the namespace if their own name is taken',
      before: lines(
        `import * as models from 'canonical-models/models';`,
        'const Booking = 1;',
        'use(Booking, models.Booking, models.Lead);',
      ),
      after: lines(
        `import { Booking as ModelsBooking } from 'canonical-models/core';`,
        `import { Lead } from 'canonical-models/lead';`,
        'const Booking = 1;',
        'use(Booking, ModelsBooking, Lead);',
      ),
    },
    {
      name: 'so do members of an import type namespace',
      before: lines(
        `import type * as models from 'canonical-models/models';`,
        'type Row = models.Booking | models.Lead;',
      ),
      after: lines(
        `import type { Booking } from 'canonical-models/core';`,
        `import type { Lead } from 'canonical-models/lead';`,
        'type Row = Booking | Lead;',
      ),
    },
    {
      name: 'members as JSX tags',
      file: 'case.tsx',
      before: lines(
        `import * as models from 'canonical-models/models';`,
        'const view = <models.Booking><models.SocialThread /></models.Booking>;',
      ),
      after: lines(
        `import { Booking } from 'canonical-models/core';`,
        `import { LeadSocialThread } from 'canonical-models/lead';`,
        'const view = <Booking><LeadSocialThread /></Booking>;',
      ),
    },
    {
      name: 'a namespace that is passed on is left',
      before: lines(
        `import * as booking from 'canonical-models/models/booking';`,
        'drizzle(client, { schema: booking });',
        'use(booking.Booking);',
      ),
      left: ['whole-module'],
    },
    {
      name: 'so is one with a member that the map does not know',
      before: lines(
        `import * as booking from 'canonical-models/models/booking';`,
        'use(booking.Booking, booking.Draft);',
      ),
      left: ['unknown-symbol'],
    },
    {
      name: 'one that is only exported moves if its names stayed',
      before: lines(`import * as booking from 'canonical-models/models/booking';`, 'export { booking };'),
      after: lines(`import * as booking from 'canonical-models/core';`, 'export { booking };'),
    },
    {
      name: 'before a dot a local type of the same name does not count, so the namespace is left',
      before: lines(
        `import * as social from 'canonical-models/models/social';`,
        '{ type social = social.SocialAccount; }',
      ),
      left: ['whole-module'],
    },
  ]);
});

describe('exports from', () => {
  testCases([
    {
      name: 'exported names stay',
      before: lines(
        `export { SocialAccount, SocialThread as Thread, SocialIdentity as default } from 'canonical-models/models/social';`,
        `export type { CustomerReview } from 'canonical-models/models/social';`,
      ),
      after: lines(
        'export {',
        '  BusinessSocialAccount as SocialAccount,',
        '  LeadSocialThread as Thread,',
        '  CustomerSocialIdentity as default,',
        `} from 'canonical-models/lead';`,
        `export type { CustomerReview } from 'canonical-models/feedback_marketing';`,
      ),
    },
    {
      name: 'exports from one old module become exports from several',
      before: lines(`export { Booking, Lead, type LeadStatus } from 'canonical-models/models';`),
      after: lines(
        `export { Booking } from 'canonical-models/core';`,
        `export { Lead, type LeadStatus } from 'canonical-models/lead';`,
      ),
    },
    {
      name: 'export * becomes named exports, without names that the file exports itself',
      before: lines(`export * from 'canonical-models/models/social';`, 'export const CustomerReview = 1;'),
      after: lines(
        'export {',
        '  BusinessSocialAccount as SocialAccount,',
        '  CustomerSocialIdentity as SocialIdentity,',
        '  LeadSocialThread as SocialThread,',
        `} from 'canonical-models/lead';`,
        `export { DiscountCoupon } from 'canonical-models/feedback_marketing';`,
        'export const CustomerReview = 1;',
      ),
    },
    {
      name: 'a name from two export * is exported once',
      before: lines(
        `export * from 'canonical-models/models/booking';`,
        `export * from 'canonical-models/models/customer';`,
        `export * from 'canonical-models/models/booking';`,
      ),
      after: lines(
        `export { Booking, BookingStatus } from 'canonical-models/core';`,
        `export { Customer } from 'canonical-models/core';`,
        `export {} from 'canonical-models/core';`,
      ),
    },
    {
      name: 'export type * becomes named types',
      before: lines(`export type * from 'canonical-models/models/booking';`),
      after: lines(`export type { Booking, BookingStatus } from 'canonical-models/core';`),
    },
    {
      name: 'export * is left if a type of the file hides a value only as a type',
      before: lines(`export * from 'canonical-models/models/booking';`, 'export type Booking = string;'),
      left: ['whole-module'],
    },
    {
      name: 'export * as moves if the names stayed, and is left otherwise',
      before: lines(
        `export * as booking from 'canonical-models/models/booking';`,
        `export * as social from 'canonical-models/models/social';`,
      ),
      after: lines(
        `export * as booking from 'canonical-models/core';`,
        `export * as social from 'canonical-models/models/social';`,
      ),
      left: ['whole-module'],
    },
  ]);
});

describe('import x = require()', () => {
  testCases([
    {
      name: 'keeps its name if its members went to one module',
      file: 'case.cts',
      before: lines(
        `import social = require('canonical-models/models/social');`,
        'use(social.SocialAccount);',
        'type Row = social.SocialThread;',
      ),
      after: lines(
        `import social = require('canonical-models/lead');`,
        'use(social.BusinessSocialAccount);',
        'type Row = social.LeadSocialThread;',
      ),
    },
    {
      name: 'becomes one per module if they went to several',
      file: 'case.cts',
      before: lines(
        `import social = require('canonical-models/models/social');`,
        'use(social.SocialAccount, social.CustomerReview);',
      ),
      after: lines(
        `import lead = require('canonical-models/lead');`,
        `import feedbackMarketing = require('canonical-models/feedback_marketing');`,
        'use(lead.BusinessSocialAccount, feedbackMarketing.CustomerReview);',
      ),
    },
    {
      name: 'named after the old one if the new name is taken',
      file: 'case.cts',
      before: lines(
        `import social = require('canonical-models/models/social');`,
        'const lead = 1;',
        'use(lead, social.SocialAccount, social.CustomerReview);',
      ),
      after: lines(
        `import socialLead = require('canonical-models/lead');`,
        `import feedbackMarketing = require('canonical-models/feedback_marketing');`,
        'const lead = 1;',
        'use(lead, socialLead.BusinessSocialAccount, feedbackMarketing.CustomerReview);',
      ),
    },
    {
      name: 'an exported one moves if the names stayed',
      file: 'case.cts',
      before: lines(`export import booking = require('canonical-models/models/booking');`),
      after: lines(`export import booking = require('canonical-models/core');`),
    },
  ]);
});
