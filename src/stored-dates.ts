import { z } from 'zod';
import { type Form, saidCheck } from './json-schema-checks.ts';

/** Earlier years are read back as present-day years: 12 as 2012. */
export const firstMoment = new Date('0100-01-01T00:00:00.000Z');
/** Later years are written with a sign, which PostgreSQL does not read. */
export const lastMoment = new Date('9999-12-31T23:59:59.999Z');
export const yearsKept = 'Invalid date: expected a year from 100 to 9999';

// Calendar days. One pattern covers everything, because with several patterns a nullable value refuses null in OpenAPI 3.0; and it uses
// no lookahead, which some languages lack.
const century = '(?:0[1-9]|[1-9]\\d)';
const leap = '(?:0[48]|[2468][048]|[13579][26])';
const dayOfAnyYear =
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))';
const dayFromYear1 = `(?:(?:\\d\\d${leap}|${leap}00)-02-29|(?:${century}\\d\\d|00[1-9]\\d|000[1-9])-${dayOfAnyYear})`;
const dayFromYear100 = `(?:(?:${century}${leap}|${leap}00)-02-29|${century}\\d\\d-${dayOfAnyYear})`;

/** A date as `2025-12-31`. */
export const isoDate: Form = saidCheck<string>(
  ({ value: input, issues }) => {
    if (!z.regexes.date.test(input)) issues.push({ code: 'invalid_format', format: 'date', input });
    else if (input.startsWith('0000')) {
      issues.push({ code: 'custom', message: 'Invalid ISO date: there is no year 0', input });
    }
  },
  { pattern: new RegExp(`^${dayFromYear1}$`), format: 'date' },
);

/** @internal A point in time as RFC 3339 writes it, from the year 100 as written. */
export const storedMoment = new RegExp(
  `^${dayFromYear100}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$`,
);
