import { afterEach, beforeEach, expect, test } from 'vitest';
import { deviationCounts, deviationSections, unusedText } from '../../src/cli/deviations-text.ts';
import { coloursFor } from '../../src/cli/terminal.ts';
import type { DatabaseDescription } from '../../src/tools/database/describe.ts';
import { buildAcceptance } from '../../src/tools/deviations/accept.ts';
import { listDeviations } from '../../src/tools/deviations/list.ts';
import { reportDeviations } from '../../src/tools/deviations/report.ts';
import { expected } from '../tools/deviations/random-deviations.ts';

const screen = { isTTY: process.stdout.isTTY, columns: process.stdout.columns };
beforeEach(() => {
  process.env['NO_COLOR'] = '1';
  Object.assign(process.stdout, { isTTY: true, columns: 80 });
});
afterEach(() => {
  delete process.env['NO_COLOR'];
  Object.assign(process.stdout, screen);
});

/** The legacy database without tables of one domain, with a comment on each of its columns and defaults that the client sets. */
const found: DatabaseDescription = expected
  .filter(({ name, table = name }) => !table.startsWith('public.email_'))
  .map((object) => {
    const { default: value, ...properties } = object.properties;
    return object.kind === 'column' ? { ...object, properties: { ...properties, comment: 'of the backend' } } : object;
  });

test('no line of a report is wider than the screen, and many notes of one kind are one line', () => {
  const nowhere = { object: 'public.bookings.nowhere', property: 'type', reason: 'long ago' };
  const onPurpose = { object: 'public.bookings.created_at', property: 'default', reason: 'the backend sets it' };
  const acceptance = buildAcceptance([nowhere, onPurpose], []);
  const { deviations, unused } = reportDeviations(listDeviations(expected, found), acceptance);
  const colours = coloursFor();
  const counts = deviationCounts(deviations, colours);
  const text = [counts, ...deviationSections(deviations, colours), unusedText(unused, colours)].join('\n\n');
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(counts.replace(/\s+/g, ' ')).toMatch(
    /^ needs a statement \d+ 2 missing tables, \d+ missing defaults|^ needs a statement \d+ \d+ missing defaults, 2 missing tables/,
  );
  expect(text).toContain('\npublic.email_messages\n  needs a statement\n    is missing, with ');
  expect(text).toContain('\n    created_at has no default; expected now() (the backend sets it)\n');
  expect(text).toMatch(/\n {4}\d+ comments: \w+, \w+, \w+, \w+, \w+, \w+ and \d+ more\n? +\(--json lists them\)/);
  expect(text).toContain('these entries of the accept file can go\n  public.bookings.nowhere: type');
  expect(text).not.toMatch(/undefined|null|\[object/);
});
