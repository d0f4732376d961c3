import { describe } from 'vitest';
import { lines, testCases } from './cases.ts';

describe('imports that merge leave no blank lines', () => {
  const booking = `import { Booking } from 'canonical-models/models/booking';`;
  const customer = `import { Customer } from 'canonical-models/models/customer';`;
  const merged = `import { Booking, Customer } from 'canonical-models/core';`;
  testCases([
    {
      name: 'between blank lines',
      before: lines(booking, '', customer, '', 'use(Booking, Customer);'),
      after: lines(merged, '', 'use(Booking, Customer);'),
    },
    {
      name: 'several in a row, and several apart',
      before: lines(
        booking,
        '',
        customer,
        `import { BookingStatus } from 'canonical-models/models';`,
        '',
        `import { Chef } from 'canonical-models/db/models/core';`,
        '',
        'use(Booking, Customer, BookingStatus.enumValues, Chef);',
      ),
      after: lines(
        `import { Booking, Customer, BookingStatus, Chef } from 'canonical-models/core';`,
        '',
        'use(Booking, Customer, BookingStatus.enumValues, Chef);',
      ),
    },
    {
      name: 'at the start of the file, and at its end',
      before: lines(customer, '', `import { Booking } from 'canonical-models/core';`, '', 'use(Booking, Customer);'),
      after: lines(`import { Booking, Customer } from 'canonical-models/core';`, '', 'use(Booking, Customer);'),
    },
    {
      name: 'at the end of the file',
      before: lines(booking, '', customer),
      after: lines(merged),
    },
    {
      name: 'with the line ends of Windows, and with blank lines that have spaces',
      before: lines(booking, '  ', customer, '', 'use(Booking, Customer);').replaceAll('\n', '\r\n'),
      after: lines(merged, '', 'use(Booking, Customer);').replaceAll('\n', '\r\n'),
    },
    {
      name: 'one blank line beside an import stays, as does what comments stand between',
      before: lines(
        booking,
        '',
        '// Guests',
        `import { guest } from './guest.js';`,
        customer,
        '',
        'use(Booking, Customer);',
      ),
      after: lines(merged, '', '// Guests', `import { guest } from './guest.js';`, '', 'use(Booking, Customer);'),
    },
    {
      name: 'two blank lines that the file had itself stay two',
      before: lines(booking, customer, '', '', 'use(Booking, Customer);'),
      after: lines(merged, '', '', 'use(Booking, Customer);'),
    },
    {
      name: 'a mock that joins another one',
      before: lines(
        `vi.mock('canonical-models/models/booking');`,
        '',
        `vi.mock('canonical-models/models/customer');`,
        '',
        'test();',
      ),
      after: lines(`vi.mock('canonical-models/core');`, '', 'test();'),
    },
  ]);
});

describe('a list that is broken over lines', () => {
  const long = [
    `import { CampaignEventType, CampaignStatus } from 'canonical-models/models/newsletter';`,
    `import { Subscriber, CampaignChannel } from 'canonical-models/models';`,
  ];
  const names = ['CampaignEventType', 'CampaignStatus', 'Subscriber', 'CampaignChannel'];
  const broken = (last: string): string =>
    lines(
      'import {',
      ...names.map((name, index) => `  ${name}${index < names.length - 1 ? ',' : last}`),
      `} from 'canonical-models/newsletter';`,
    );
  testCases([
    {
      name: 'has no comma at its end if lists of the file have none',
      before: lines(...long, 'const limits = {', '  first: 1,', '  second: [', '    2,', '    3', '  ]', '};'),
      after: `${broken('')}${lines('const limits = {', '  first: 1,', '  second: [', '    2,', '    3', '  ]', '};')}`,
    },
    {
      name: 'has one if lists of the file have one, or if the file has no such list',
      before: lines(...long, 'const limits = {', '  first: 1,', '  second: 2,', '};'),
      after: `${broken(',')}${lines('const limits = {', '  first: 1,', '  second: 2,', '};')}`,
    },
    { name: 'has one if the file has no other list', before: lines(...long), after: broken(',') },
    {
      name: 'blocks and types without semicolons do not count as lists',
      before: lines(...long, 'function run() {', '  one()', '  two()', '}', 'interface A {', '  a: 1', '  b: 2', '}'),
      after: `${broken(',')}${lines('function run() {', '  one()', '  two()', '}', 'interface A {', '  a: 1', '  b: 2', '}')}`,
    },
    {
      name: 'is joined if it fits one line under its new path',
      before: lines(
        'import {',
        '  StationAuditLog,',
        '  StationRole,',
        `} from 'canonical-models/core/auth/station_models';`,
        'use(StationAuditLog, StationRole.enumValues);',
      ),
      after: lines(
        `import { StationAuditLog, StationRole } from 'canonical-models/identity';`,
        'use(StationAuditLog, StationRole.enumValues);',
      ),
    },
    {
      name: 'is joined if a single name is left in it',
      before: lines('import {', '  SocialAccount,', '  CustomerReview', `} from 'canonical-models/models/social'`),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead'`,
        `import { CustomerReview } from 'canonical-models/feedback_marketing'`,
      ),
    },
    {
      name: 'stays if its author broke it although it had fitted, or if a comment is in it',
      before: lines(
        'import {',
        '  Booking,',
        '  BookingStatus,',
        `} from 'canonical-models/models/booking';`,
        'import {',
        '  StationAuditLog, // read only',
        '  StationRole,',
        `} from 'canonical-models/core/auth/station_models';`,
      ),
      after: lines(
        'import {',
        '  Booking,',
        '  BookingStatus,',
        `} from 'canonical-models/core';`,
        'import {',
        '  StationAuditLog, // read only',
        '  StationRole,',
        `} from 'canonical-models/identity';`,
      ),
    },
  ]);
});
