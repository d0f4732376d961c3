import type { CheckReport, SchemaDifference, UnknownObject } from '../tools/check/report.ts';
import { testedVersion } from '../tools/peers.ts';
import { type coloursFor, table } from './terminal.ts';

type Colours = ReturnType<typeof coloursFor>;

/** What to do first on a database that the migrations have not reached. */
const nextSteps: Readonly<Partial<Record<CheckReport['status'], readonly [state: string, next: string]>>> = {
  'partly-migrated': ['some migrations are still to run', 'canonical-models migrate'],
  unrecorded: [
    'it has tables of ours under their old names, and no record of migrations',
    'canonical-models baseline, then canonical-models migrate',
  ],
  empty: ['it has none of the tables', 'canonical-models migrate'],
};

/**
 * A report for people, one section a heading, without the sections that are empty.
 *
 * @param label The database, as in `Connection.label`.
 */
export function reportText(report: CheckReport, label: string, colours: Colours): string {
  const unreached = nextSteps[report.status];
  const sections = unreached
    ? [
        `${label}: ${unreached[0]}. Nothing else was compared.`,
        pendingSection(report, colours),
        `Next: ${unreached[1]}`,
      ]
    : [
        `${label}: ${verdict(report, colours)}`,
        differsSection(report, colours),
        orphansSection(report, colours),
        transitionalSection(report, colours),
        retiredSection(report, colours),
        unknownSection(report, colours),
        kitText(report),
      ];
  return `${[...sections, duplicatesSection(report, colours)].filter((section) => section !== '').join('\n\n')}\n`;
}

function verdict({ status, differs, orphans, duplicates }: CheckReport, colours: Colours): string {
  const led = counted(orphans.length, 'reference', 'leads to rows that are gone', 'lead to rows that are gone');
  if (status === 'agrees') {
    const agrees = colours.green('the database agrees with the models.');
    return led === '' ? agrees : `${agrees} ${colours.yellow(`${led}.`)}`;
  }
  const found = [counted(differs.length, 'difference'), counted(duplicates.length, 'duplicate model'), led];
  return colours.red(`the database does not agree with the models: ${found.filter((part) => part !== '').join(', ')}.`);
}

function pendingSection({ pending }: CheckReport, colours: Colours): string {
  return section('Pending migrations', pending, colours);
}

function differsSection({ differs }: CheckReport, colours: Colours): string {
  return section(
    'Differs',
    differs.flatMap((difference) => differenceLines(difference, colours)),
    colours,
  );
}

function differenceLines(difference: SchemaDifference, colours: Colours): string[] {
  const { kind, object, property, expected, found, foundBy, sql } = difference;
  const said = foundBy === 'drizzle-kit' ? ' (found by drizzle-kit)' : '';
  return [
    colours.bold(`${kind} ${object}${property === undefined ? '' : `: ${property}`}${said}`),
    `  expected  ${expected ?? nothing(property)}`,
    `  found     ${found ?? nothing(property)}`,
    ...indented('  mend      ', sql, colours),
  ];
}

function orphansSection({ orphans }: CheckReport, colours: Colours): string {
  const lines = orphans.flatMap(({ relation, from, to, rows, examples, sql }) => [
    colours.bold(`${relation}: ${counted(rows, 'row')}`),
    `  expected  ${to} for every ${from}, although no foreign key asks for it`,
    `  found     none for the rows ${examples.join(', ')}${rows > examples.length ? ', …' : ''}`,
    ...indented('  mend      ', sql, colours),
  ]);
  return section('Orphans: rows whose reference leads to no row (nothing differs for that)', lines, colours);
}

function transitionalSection({ transitional }: CheckReport, colours: Colours): string {
  const rows = transitional.map(({ view, table: of, removedIn }) => [
    view,
    `shows ${of}`,
    removedIn === undefined ? 'stays' : `goes in ${removedIn}`,
  ]);
  return section('Transitional: views under old names', lined(rows), colours);
}

function retiredSection({ retired }: CheckReport, colours: Colours): string {
  const rows = retired.map(({ table: name, rows: count, reason }) => [name, counted(count, 'row') || 'no row', reason]);
  return section('Retired: tables that stay without a model', lined(rows), colours);
}

function unknownSection({ unknown }: CheckReport, colours: Colours): string {
  const kinds = [...new Set(unknown.map(({ kind }) => kind))];
  return section(
    'Unknown: not of this package',
    kinds.map((kind) => `${kind}: ${shortList(unknown.filter((object) => object.kind === kind))}`),
    colours,
  );
}

function duplicatesSection({ duplicates }: CheckReport, colours: Colours): string {
  const lines = duplicates.map(({ kind, name, models }) => `${kind} ${name}: ${models.join(', ')}`);
  return section('Duplicate models of the package', lines, colours);
}

function kitText({ drizzleKit }: CheckReport): string {
  switch (drizzleKit.status) {
    case 'compared':
      return drizzleKit.statements === 0
        ? 'drizzle-kit sees no difference.'
        : `drizzle-kit would run ${counted(drizzleKit.statements, 'statement')}, about what is listed above.`;
    case 'not-installed':
      return `drizzle-kit is not installed: its own diff was left out. To have it: npm install ${testedVersion('drizzle-kit')}`;
    case 'unusable':
      return `drizzle-kit can't be used, its own diff was left out: ${drizzleKit.reason}. To have it: npm install ${testedVersion('drizzle-kit')}`;
    case 'failed':
      return `drizzle-kit's own diff failed and was left out: ${drizzleKit.reason}`;
    case 'not-asked':
      return '';
  }
}

/** A heading with lines under it; nothing where there are no lines. */
function section(heading: string, lines: readonly string[], colours: Colours): string {
  return lines.length === 0 ? '' : [colours.underline(heading), ...lines.map((line) => `  ${line}`)].join('\n');
}

function lined(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.map(() => '') ?? [];
  return rows.length === 0 ? [] : table(columns, rows).split('\n').slice(1);
}

function indented(head: string, sql: readonly string[], colours: Colours): string[] {
  const lines = sql.flatMap((statement) => statement.split('\n'));
  return lines.map((line, index) => `${index === 0 ? head : ' '.repeat(head.length)}${colours.cyan(line)}`);
}

const longest = 12;

function shortList(objects: readonly UnknownObject[]): string {
  const shown = objects.slice(0, longest).map(({ object }) => object);
  const more = objects.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more (--json lists them)` : ''}`;
}

function nothing(property: string | undefined): string {
  return property === undefined ? 'no such object' : 'none';
}

/** As in `2 differences`; nothing for none. */
function counted(count: number, one: string, suffix = '', pluralSuffix = suffix): string {
  if (count === 0) return '';
  const noun = count === 1 ? one : `${one}s`;
  return [count, noun, count === 1 ? suffix : pluralSuffix].filter((part) => part !== '').join(' ');
}
